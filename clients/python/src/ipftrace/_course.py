"""The course of one trace over as many connections as it takes: what sync and async streams share."""

import random
import time
from dataclasses import dataclass
from typing import Final

import grpc

from ipftrace._events import Ended, EventReader, Started, TraceEvent
from ipftrace._journey import Journey
from ipftrace.v1 import trace_service_pb2
from ipftrace.v1.trace_service_pb2 import TraceRequest, TraceResponse

_GROWTH: Final = 2


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How a broken connection is made again."""

    min_delay_seconds: float = 0.5
    """Before the first attempt; doubled with each, and varied by half."""
    max_delay_seconds: float = 30.0
    """Most before an attempt."""
    attempts: int = 10
    """Attempts in a row that may fail."""


class BrokenStreamError(ConnectionError):
    """The server ended a stream without saying why."""


class Course:
    """One trace: what was asked, what came of it, and what is to be done when a call has ended."""

    def __init__(self, request: TraceRequest, reconnect: Reconnect | bool | None) -> None:
        """Sessions are read on by default; a trace of one's own is not begun again."""
        if reconnect is None:
            reconnect = request.HasField("session")
        self._reconnect = Reconnect() if reconnect is True else reconnect or None
        self._request = request
        self._reader = EventReader()
        self._failures = 0
        self._journeys = 0
        self._started_at: float | None = None
        self._has_begun = False
        self._end: Ended | None = None
        self.resume_token = b""
        self.trace_id = 0
        self.is_stopping = False
        self.is_cancelled = False

    def next_request(self) -> TraceRequest:
        """The request of the next call. Raises BrokenStreamError when a limit of the trace is reached."""
        self._reader = EventReader(resumed=bool(self.resume_token))
        self._has_begun = False
        self._end = None
        request = TraceRequest()
        request.CopyFrom(self._request)
        if request.HasField("session") and self.resume_token:
            request.session.resume_token = self.resume_token
        if request.options.max_journeys:
            request.options.max_journeys = self._rest(request.options.max_journeys - self._journeys)
        if request.options.duration_ms and self._started_at is not None:
            elapsed_ms = int((time.monotonic() - self._started_at) * 1000)
            request.options.duration_ms = self._rest(request.options.duration_ms - elapsed_ms)
        return request

    def read(self, response: TraceResponse) -> list[TraceEvent]:
        """What one message tells."""
        events = list(self._reader.read(response))
        for event in events:
            self._note(event)
        return events

    def taken(self, response: TraceResponse) -> None:
        """The reader has taken everything that a message told."""
        if response.resume_token:
            self.resume_token = response.resume_token

    def after_call(self, failure: grpc.RpcError | None) -> float | None:
        """Seconds to wait before the next call; None: that was the end. Raises what ended the stream otherwise."""
        self.trace_id = 0
        if self.is_cancelled or (self._end is not None and not self._is_to_begin_again(self._end)):
            return None
        if self._has_begun:
            self._failures = 0
        is_broken = failure is None or failure.code() is grpc.StatusCode.UNAVAILABLE
        reconnect = self._reconnect
        if reconnect is None or not is_broken or self.is_stopping or self._failures >= reconnect.attempts:
            raise failure or _silent_end()
        delay: float = min(reconnect.max_delay_seconds, reconnect.min_delay_seconds * _GROWTH**self._failures)
        self._failures += 1
        return delay * random.uniform(0.5, 1)  # noqa: S311 (spreads clients over time)

    def _note(self, event: TraceEvent) -> None:
        match event:
            case Journey():
                self._journeys += 1
            case Started(started):
                self._has_begun = True
                self.trace_id = started.trace_id
                if self._started_at is None:
                    self._started_at = time.monotonic()
            case Ended():
                self._end = event

    def _is_to_begin_again(self, ended: Ended) -> bool:
        """Sessions live as long as their server, so only a trace of one's own can go on with the next one."""
        is_draining = ended.message.reason == trace_service_pb2.TRACE_END_REASON_DRAINING
        is_own = not self._request.HasField("session")
        return is_draining and is_own and self._reconnect is not None and not self.is_stopping

    def _rest(self, rest: int) -> int:
        if rest > 0:
            return rest
        raise _silent_end()


def _silent_end() -> BrokenStreamError:
    return BrokenStreamError("the server ended the stream without saying why")
