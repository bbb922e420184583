"""A server that answers calls of Trace from recorded messages."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from ipftrace.v1.trace_service_pb2 import StopTraceRequest, StopTraceResponse, TraceRequest

_WAIT_SECONDS = 60


@dataclass
class Answer:
    """What one call is answered with."""

    messages: Sequence[bytes]
    status: str | None = None
    """At the end; None: the call stays open until it is stopped or cancelled."""


@dataclass
class Replay:
    """The server, and what it was asked."""

    target: str
    answers: Sequence[Answer]
    requests: list[TraceRequest] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def trace(self, request: TraceRequest, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Answers the n-th call with the n-th answer."""
        answer = self.answers[len(self.requests)]
        self.requests.append(request)
        # A client may be quick, and what follows a message that it did not wait for is not run.
        if answer.status is None and not context.add_callback(self._ended):
            self._ended()
        yield from answer.messages
        if answer.status is None:
            self.stop.wait(_WAIT_SECONDS)
        elif answer.status != "OK":
            context.abort(grpc.StatusCode[answer.status], "the recording says so")

    def _ended(self) -> None:
        if not self.stop.is_set():
            self.cancelled.set()
        self.stop.set()

    def stop_trace(self, request: StopTraceRequest, _: grpc.ServicerContext) -> StopTraceResponse:
        """Ends the call that is open."""
        self.stopped.append(request.trace_id)
        self.stop.set()
        return StopTraceResponse()


@contextmanager
def replay(folder: Path, answers: Sequence[Answer]) -> Iterator[Replay]:
    """Runs a server on a unix socket in a folder."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    served = Replay(f"unix:{folder}/s.sock", answers)
    methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        "Trace": grpc.unary_stream_rpc_method_handler(served.trace, TraceRequest.FromString, bytes),
        "StopTrace": grpc.unary_unary_rpc_method_handler(
            served.stop_trace, StopTraceRequest.FromString, StopTraceResponse.SerializeToString
        ),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("ipftrace.v1.TraceService", methods),))
    server.add_insecure_port(served.target)
    server.start()
    try:
        yield served
    finally:
        served.stop.set()
        server.stop(None).wait()


@contextmanager
def far_away(folder: Path, target: str, delay_seconds: float) -> Iterator[str]:
    """A unix socket that passes connections on to another one, and nothing before some time."""
    path = f"{folder}/far.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    far = socket.socket(socket.AF_UNIX)
    ends = [far]

    def close() -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def copy(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        close()

    def pass_on() -> None:
        near, _ = listener.accept()
        ends.append(near)
        time.sleep(delay_seconds)
        far.connect(target.removeprefix("unix:"))
        back = threading.Thread(target=copy, args=(far, near))
        back.start()
        copy(near, far)
        back.join()

    passing = threading.Thread(target=pass_on)
    passing.start()
    yield f"unix:{path}"
    close()
    passing.join()
    for end in (listener, *ends):
        end.close()
