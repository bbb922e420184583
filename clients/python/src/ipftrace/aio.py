"""The client for asyncio: the same as the synchronous one, with ``await`` and ``async for``."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Self, TypeAlias

import grpc
from grpc import aio

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

_Stub: TypeAlias = "trace_service_pb2_grpc.TraceServiceAsyncStub"
_State = grpc.ChannelConnectivity


class TraceStream(AsyncIterator[TraceEvent]):
    """The events of one trace; see ipftrace.TraceStream. To cancel the task that reads it cancels the trace."""

    def __init__(self, stub: _Stub, request: TraceRequest, reconnect: Reconnect | bool | None) -> None:
        """Made by Client.trace."""
        self._stub = stub
        self._course = Course(request, reconnect)
        self._call: aio.Call | None = None
        self._is_over = asyncio.Event()
        self._events = self._read()

    @property
    def resume_token(self) -> bytes:
        """Where to go on reading the session after the last event that was taken; empty for a trace of one's own."""
        return self._course.resume_token

    async def stop(self) -> None:
        """Ends the trace in good order; one that has not begun is cancelled."""
        self._course.is_stopping = True
        if self._course.trace_id == 0:
            self.cancel()
            return
        try:
            request = trace_service_pb2.StopTraceRequest(trace_id=self._course.trace_id)
            await self._stub.StopTrace(request, timeout=_channel.ANSWER_TIMEOUT_SECONDS)
        except grpc.RpcError:
            # NOT_FOUND: the trace is ending already. Whatever else fails ends the stream, too.
            return

    def cancel(self) -> None:
        """Ends the trace at once."""
        self._course.is_cancelled = True
        self._is_over.set()
        if self._call is not None:
            self._call.cancel()

    async def __anext__(self) -> TraceEvent:
        return await anext(self._events)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cancel()

    async def _read(self) -> AsyncIterator[TraceEvent]:
        course = self._course
        while not self._is_over.is_set():
            request = course.next_request()
            failure: grpc.RpcError | None = None
            call = self._stub.Trace(request)
            self._call = call
            try:
                async for response in call:
                    for event in course.read(response):
                        yield event
                    self._taken(response)
            except grpc.RpcError as reason:
                failure = reason
            except asyncio.CancelledError:
                if not course.is_cancelled:
                    raise
            finally:
                call.cancel()
            delay = course.after_call(failure)
            if delay is None:
                return
            await self._wait(delay)

    def _taken(self, response: TraceResponse) -> None:
        self._course.taken(response)

    async def _wait(self, delay: float) -> None:
        try:
            await asyncio.wait_for(self._is_over.wait(), delay)
        except TimeoutError:
            return


class Client:
    """A connection to one server; see ipftrace.Client."""

    def __init__(self, channel: aio.Channel) -> None:
        """Over a channel that is there."""
        self._channel = channel
        self.traces: _Stub = trace_service_pb2_grpc.TraceServiceStub(channel)
        """The generated stubs, for what this class has no method for."""
        self.sessions: session_service_pb2_grpc.SessionServiceAsyncStub = session_service_pb2_grpc.SessionServiceStub(
            channel
        )
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
        """Traces packets; see ipftrace.Client.trace."""
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
        """Reads a session; see ipftrace.Client.read_session."""
        request = session_trace(session, start, history_only=history_only, options=options)
        return TraceStream(self.traces, request, reconnect)

    async def node(self) -> GetNodeResponse:
        """What the node is and what it can do."""
        return await self.traces.GetNode(trace_service_pb2.GetNodeRequest(), timeout=_channel.KERNEL_TIMEOUT_SECONDS)

    async def explain(self, request: TraceRequest) -> ExplainTraceResponse:
        """What a trace would do, without starting it."""
        question = trace_service_pb2.ExplainTraceRequest(trace=request)
        return await self.traces.ExplainTrace(question, timeout=_channel.KERNEL_TIMEOUT_SECONDS)

    async def functions(
        self, *, manifest: str | Manifest | None = None, name_contains: str = "", function_regex: str = ""
    ) -> AsyncIterator[TraceableFunction]:
        """The functions of a manifest, or without one all of the kernel, page by page."""
        request = functions_request(manifest, name_contains, function_regex)
        while True:
            page = await self.traces.ListFunctions(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS)
            for function in page.functions:
                yield function
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def modules(self) -> list[InstalledModule]:
        """The modules that are installed on the server."""
        request = trace_service_pb2.ListModulesRequest()
        return list((await self.traces.ListModules(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS)).modules)

    async def create_session(
        self, name: str, trace: TraceRequest, *, history: SessionHistory | None = None, expire_after_ms: int = 0
    ) -> session_service_pb2.CreateSessionResponse:
        """Starts a session; its trace runs when this returns."""
        request = session_service_pb2.CreateSessionRequest(
            name=name, trace=trace, history=history, expire_after_ms=expire_after_ms
        )
        return await self.sessions.CreateSession(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS)

    async def list_sessions(self) -> list[Session]:
        """The sessions that this caller may read."""
        request = session_service_pb2.ListSessionsRequest()
        return list((await self.sessions.ListSessions(request, timeout=_channel.ANSWER_TIMEOUT_SECONDS)).sessions)

    async def session(self, name: str) -> Session:
        """One session."""
        request = session_service_pb2.GetSessionRequest(name=name)
        return (await self.sessions.GetSession(request, timeout=_channel.ANSWER_TIMEOUT_SECONDS)).session

    async def delete_session(self, name: str) -> Session:
        """Ends a session; its trace is out of the kernel when this returns."""
        request = session_service_pb2.DeleteSessionRequest(name=name)
        return (await self.sessions.DeleteSession(request, timeout=_channel.KERNEL_TIMEOUT_SECONDS)).session

    async def close(self) -> None:
        """Ends the connection, and every stream on it."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def connect(address: str, *, tls: Tls | None = None, timeout: float = _channel.CONNECT_TIMEOUT_SECONDS) -> Client:
    """Connects to a server; see ipftrace.connect."""
    options = _channel.channel_options(tls, timeout)
    if tls is None:
        channel = aio.insecure_channel(address, options=options)
    else:
        channel = aio.secure_channel(address, tls.credentials(), options=options)
    try:
        is_ready = await asyncio.wait_for(_settle(channel), timeout)
        reason = None if is_ready else await _failure(channel)
    except TimeoutError:
        is_ready, reason = False, f"no answer within {timeout:g} seconds"
    if is_ready:
        return Client(channel)
    await channel.close()
    raise _channel.unreachable(address, reason)


async def _settle(channel: aio.Channel) -> bool:
    """Whether connecting went well."""
    while True:
        state = channel.get_state(try_to_connect=True)
        if state in {_State.READY, _State.TRANSIENT_FAILURE}:
            return state is _State.READY
        await channel.wait_for_state_change(state)


async def _failure(channel: aio.Channel) -> str | None:
    try:
        stub: _Stub = trace_service_pb2_grpc.TraceServiceStub(channel)
        await stub.GetNode(trace_service_pb2.GetNodeRequest(), timeout=_channel.REASON_TIMEOUT_SECONDS)
    except aio.AioRpcError as reason:
        return reason.details()
    return None
