"""The synchronous client."""

import threading
from collections.abc import Iterator, Sequence
from typing import Self

import grpc

from ipftrace import _channel
from ipftrace._channel import Tls
from ipftrace._course import Course, Reconnect
from ipftrace._events import TraceEvent
from ipftrace._request import functions_request, own_trace, session_trace
from ipftrace.v1 import session_service_pb2, session_service_pb2_grpc, trace_service_pb2, trace_service_pb2_grpc
from ipftrace.v1.custom_pb2 import Module
from ipftrace.v1.filter_pb2 import Filter
from ipftrace.v1.manifest_pb2 import Manifest, TraceableFunction
from ipftrace.v1.node_pb2 import Backend
from ipftrace.v1.session_service_pb2 import Session, SessionHistory
from ipftrace.v1.trace_service_pb2 import (
    ExplainTraceResponse,
    GetNodeResponse,
    InstalledModule,
    SessionAttachment,
    TraceOptions,
    TraceRequest,
    TraceResponse,
)

_Stub = trace_service_pb2_grpc.TraceServiceStub


class TraceStream(Iterator[TraceEvent]):
    """The events of one trace.

    It begins when it is first read, and is read at the pace of the reader: what a slow one loses comes as Loss.
    ``stop`` ends it in good order, with open journeys and the account still to come; ``cancel``, or leaving a
    ``with`` block, at once. Raises grpc.RpcError for a call that failed. ``stop`` and ``cancel`` may be called from
    other threads and from signal handlers.
    """

    def __init__(self, stub: _Stub, request: TraceRequest, reconnect: Reconnect | bool | None) -> None:
        """Made by Client.trace."""
        self._stub = stub
        self._course = Course(request, reconnect)
        self._call: grpc.Call | None = None
        self._stopping: object = None
        self._is_over = threading.Event()
        self._events = self._read()

    @property
    def resume_token(self) -> bytes:
        """Where to go on reading the session after the last event that was taken; empty for a trace of one's own."""
        return self._course.resume_token

    def stop(self) -> None:
        """Ends the trace in good order; one that has not begun is cancelled."""
        self._course.is_stopping = True
        if self._course.trace_id == 0:
            self.cancel()
        else:
            # NOT_FOUND: the trace is ending already. Whatever else fails ends the stream, too.
            request = trace_service_pb2.StopTraceRequest(trace_id=self._course.trace_id)
            # A call that nobody holds is cancelled.
            self._stopping = self._stub.StopTrace.future(request, timeout=_channel.ANSWER_TIMEOUT_SECONDS)

    def cancel(self) -> None:
        """Ends the trace at once."""
        self._course.is_cancelled = True
        self._is_over.set()
        if self._call is not None:
            self._call.cancel()

    def __next__(self) -> TraceEvent:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def _read(self) -> Iterator[TraceEvent]:
        course = self._course
        while not self._is_over.is_set():
            request = course.next_request()
            failure: grpc.RpcError | None = None
            call = self._stub.Trace(request)
            self._call = call
            try:
                for response in call:
                    yield from self._take(response)
            except grpc.RpcError as reason:
                failure = reason
            finally:
                call.cancel()
            delay = course.after_call(failure)
            if delay is None:
                return
            self._is_over.wait(delay)

    def _take(self, response: TraceResponse) -> Iterator[TraceEvent]:
        yield from self._course.read(response)
        self._course.taken(response)


class Client:
    """A connection to one server.

    Calls other than traces have a deadline: 10 seconds, or 2 minutes where they need the kernel. All raise
    grpc.RpcError when the server refuses.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        """Over a channel that is there."""
        self._channel = channel
        self.traces = trace_service_pb2_grpc.TraceServiceStub(channel)
        """The generated stubs, for what this class has no method for."""
        self.sessions = session_service_pb2_grpc.SessionServiceStub(channel)
        """The generated stubs of sessions."""

    def trace(  # noqa: PLR0913 (one for each field of the contract)
        self,
        *,
        manifest: str | Manifest | None = None,
        packets: Filter | None = None,
        modules: Sequence[str | Module] = (),
        function_regex: str = "",
        begin_regex: str = "",
        backend: Backend.ValueType = Backend.BACKEND_UNSPECIFIED,
        options: TraceOptions | None = None,
        reconnect: Reconnect | bool = False,
    ) -> TraceStream:
        """Traces packets; what is left out is the server's default. Nothing happens before the stream is read.

        ``manifest``: the name of one of the server, or one that was loaded here. ``packets``: which ones.
        ``modules``: names of modules of the server, or modules that were loaded here. ``reconnect``: whether
        the trace is begun again when its connection breaks.
        """
        request = own_trace(
            packets=packets,
            manifest=manifest,
            modules=modules,
            function_regex=function_regex,
            begin_regex=begin_regex,
            backend=backend,
            options=options,
        )
        return TraceStream(self.traces, request, reconnect)

    def read_session(
        self,
        session: str,
        *,
        start: SessionAttachment | None = None,
        history_only: bool = False,
        options: TraceOptions | None = None,
        reconnect: Reconnect | bool = True,
    ) -> TraceStream:
        """Reads a session, from now on or from ``start``, across broken connections unless told not to."""
        request = session_trace(session, start, history_only=history_only, options=options)
        return TraceStream(self.traces, request, reconnect)

    def node(self) -> GetNodeResponse:
        """What the node is and what it can do."""
        return self.traces.GetNode(trace_service_pb2.GetNodeRequest(), timeout=_channel.KERNEL_TIMEOUT_SECONDS)

    def explain(self, request: TraceRequest) -> ExplainTraceResponse:
        """What a trace would do, without starting it."""
        question = trace_service_pb2.ExplainTraceRequest(trace=request)
        return self.traces.ExplainTrace(question, timeout=_channel.KERNEL_TIMEOUT_SECONDS)

    def functions(
        self, *, manifest: str | Manifest | None = None, name_contains: str = "", function_regex: str = ""
    ) -> Iterator[TraceableFunction]:
        """The functions of a manifest, or without one all of the kernel, page by page."""
        request = functions_request(manifest, name_contains, function_regex)
        while True:
            page = self.traces.ListFunctions(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS)
            yield from page.functions
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def modules(self) -> list[InstalledModule]:
        """The modules that are installed on the server."""
        request = trace_service_pb2.ListModulesRequest()
        return list(self.traces.ListModules(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS).modules)

    def create_session(
        self, name: str, trace: TraceRequest, *, history: SessionHistory | None = None, expire_after_ms: int = 0
    ) -> session_service_pb2.CreateSessionResponse:
        """Starts a session; its trace runs when this returns."""
        request = session_service_pb2.CreateSessionRequest(
            name=name, trace=trace, history=history, expire_after_ms=expire_after_ms
        )
        return self.sessions.CreateSession(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS)

    def list_sessions(self) -> list[Session]:
        """The sessions that this caller may read."""
        request = session_service_pb2.ListSessionsRequest()
        return list(self.sessions.ListSessions(request, timeout=_channel.ANSWER_TIMEOUT_SECONDS).sessions)

    def session(self, name: str) -> Session:
        """One session."""
        request = session_service_pb2.GetSessionRequest(name=name)
        return self.sessions.GetSession(request, timeout=_channel.ANSWER_TIMEOUT_SECONDS).session

    def delete_session(self, name: str) -> Session:
        """Ends a session; its trace is out of the kernel when this returns."""
        request = session_service_pb2.DeleteSessionRequest(name=name)
        return self.sessions.DeleteSession(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS).session

    def close(self) -> None:
        """Ends the connection, and every stream on it."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(address: str, *, tls: Tls | None = None, timeout: float = _channel.CONNECT_TIMEOUT_SECONDS) -> Client:
    """Connects to the server at ``address``: ``unix:PATH``, or ``HOST:PORT`` with TLS or, on this machine, without.

    Raises UnreachableError with the reason when there is no connection within ``timeout`` seconds.
    """
    options = _channel.channel_options(tls, timeout)
    if tls is None:
        channel = grpc.insecure_channel(address, options)
    else:
        channel = grpc.secure_channel(address, tls.credentials(), options)
    reason = _refusal(channel, timeout)
    if reason is None:
        return Client(channel)
    channel.close()
    raise _channel.unreachable(address, reason)


def _refusal(channel: grpc.Channel, timeout: float) -> str | None:
    """Why there is no connection; None: there is one.

    A call tells, whatever it is answered. Watching the channel's state would leave a thread behind that says
    "Channel closed!" on standard error when the channel is closed soon (grpc/_channel.py, _poll_connectivity).
    """
    check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/grpc.health.v1.Health/Check")
    try:
        check(b"", timeout=timeout)
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return f"no answer within {timeout:g} seconds"
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return error.details() or "no reason given"
    return None
