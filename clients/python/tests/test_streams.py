"""Connections that break, and the ways to end a stream: each once by itself and once with asyncio."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

import ipftrace
from ipftrace import aio
from ipftrace.v1.trace_service_pb2 import TraceOptions

from .kit import KIT, read_lines, read_messages
from .replay import Answer, Replay, far_away, replay

AT_ONCE = ipftrace.Reconnect(min_delay_seconds=0)
WAIT_SECONDS = 60
Outcome = tuple[list[ipftrace.TraceEvent], Exception | None]
ICMP = read_messages(KIT / "cases" / "icmp-journey.binpb")
STARTED, BATCH = ICMP[:1], ICMP[1:2]


def read_sync(target: str, open_stream: Callable[[Any], Any], on_event: Callable[..., Any] | None = None) -> Outcome:
    """All events of a stream, and what ended it."""
    events: list[ipftrace.TraceEvent] = []
    with ipftrace.connect(target) as client:
        stream: ipftrace.TraceStream = open_stream(client)
        try:
            for event in stream:
                events.append(event)
                if on_event:
                    on_event(stream, event)
        except (grpc.RpcError, ConnectionError) as failure:
            return events, failure
    return events, None


def read_async(target: str, open_stream: Callable[[Any], Any], on_event: Callable[..., Any] | None = None) -> Outcome:
    """The same with asyncio."""

    async def read() -> Outcome:
        events: list[ipftrace.TraceEvent] = []
        async with await aio.connect(target) as client:
            stream: aio.TraceStream = open_stream(client)
            try:
                async for event in stream:
                    events.append(event)
                    if on_event:
                        result = on_event(stream, event)
                        if asyncio.iscoroutine(result):
                            await result
            except (grpc.RpcError, ConnectionError) as failure:
                return events, failure
        return events, None

    return asyncio.run(read())


both = pytest.mark.parametrize("read", [read_sync, read_async], ids=["sync", "asyncio"])
Read = Callable[..., Outcome]


@both
@pytest.mark.parametrize("name", sorted(path.name for path in (KIT / "reconnect").iterdir()))
def test_broken_connections(tmp_path: Path, read: Read, name: str) -> None:
    """What comes, and what the server is asked, is as recorded."""
    folder = KIT / "reconnect" / name
    case = json.loads((folder / "case.json").read_text())
    session = case["sessionName"]
    answers = [Answer(read_messages(folder / call["messages"]), call["status"]) for call in case["calls"]]

    def open_stream(client: ipftrace.Client) -> ipftrace.TraceStream:
        if session:
            return client.read_session(session, reconnect=AT_ONCE)
        return client.trace(manifest="generic", reconnect=AT_ONCE)

    with replay(tmp_path, answers) as server:
        events, failure = read(server.target, open_stream)
    assert [ipftrace.event_json(event) for event in events] == read_lines(folder / "events.jsonl")
    text = "".join(event.text() for event in events if isinstance(event, ipftrace.Journey))
    assert text == (folder / "journeys.txt").read_text()
    tokens = [base64.b64encode(request.session.resume_token).decode() for request in server.requests]
    assert tokens == [call["resumeToken"] for call in case["calls"]]
    assert {request.session.session_name for request in server.requests} == {session}
    last = case["calls"][-1]["status"]
    if last == "OK":
        assert failure is None
    else:
        assert isinstance(failure, grpc.RpcError)
        assert failure.code() is grpc.StatusCode[last]


def open_trace(client: ipftrace.Client) -> ipftrace.TraceStream:
    """A trace with every default."""
    return client.trace()


@both
def test_stop(tmp_path: Path, read: Read) -> None:
    """The server is asked to stop, and what is still open comes."""

    def stop(stream: ipftrace.TraceStream, event: ipftrace.TraceEvent) -> object:
        return stream.stop() if isinstance(event, ipftrace.Started) else None  # type: ignore[func-returns-value]

    with replay(tmp_path, [Answer(STARTED + BATCH)]) as server:
        events, failure = read(server.target, open_trace, stop)
    assert [type(event) for event in events] == [ipftrace.Started, ipftrace.Journey, ipftrace.Journey]
    assert isinstance(failure, ipftrace.BrokenStreamError)
    assert server.stopped == [0xFEDCBA9876543210]


@both
def test_cancel(tmp_path: Path, read: Read) -> None:
    """The call is cancelled, and the loop ends without an error."""
    with replay(tmp_path, [Answer(STARTED)]) as server:
        events, failure = read(server.target, open_trace, lambda stream, _: stream.cancel())
        assert server.cancelled.wait(WAIT_SECONDS)
    assert (len(events), failure) == (1, None)


def test_leaving_the_block_cancels(tmp_path: Path) -> None:
    """As cancel() does."""
    with replay(tmp_path, [Answer(STARTED)]) as server, ipftrace.connect(server.target) as client:
        with client.trace() as stream:
            next(stream)
        assert server.cancelled.wait(WAIT_SECONDS)


def test_cancelling_the_task_cancels(tmp_path: Path) -> None:
    """And the task ends as cancelled."""

    async def run(server: Replay) -> None:
        async with await aio.connect(server.target) as client:
            stream = client.trace()
            await anext(stream)
            task = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.cancelled.wait, WAIT_SECONDS)

    with replay(tmp_path, [Answer(STARTED)]) as server:
        asyncio.run(run(server))


@both
def test_a_trace_is_not_begun_again_unasked(tmp_path: Path, read: Read) -> None:
    """Its end is the error of the call."""
    with replay(tmp_path, [Answer(STARTED, "UNAVAILABLE")]) as server:
        events, failure = read(server.target, open_trace)
    assert (len(events), len(server.requests)) == (1, 1)
    assert isinstance(failure, grpc.RpcError)


@both
def test_attempts_are_limited(tmp_path: Path, read: Read) -> None:
    """Each that fails counts until one succeeds."""
    reconnect = ipftrace.Reconnect(min_delay_seconds=0, attempts=2)
    with replay(tmp_path, [Answer([], "UNAVAILABLE")] * 4) as server:
        _, failure = read(server.target, lambda client: client.trace(reconnect=reconnect))
    assert len(server.requests) == 3
    assert isinstance(failure, grpc.RpcError)


@both
def test_limits_go_on_with_the_rest(tmp_path: Path, read: Read) -> None:
    """What came before the break counts."""
    options = TraceOptions(max_journeys=4)
    with replay(tmp_path, [Answer(STARTED + BATCH, "UNAVAILABLE")] * 2) as server:
        events, _ = read(server.target, lambda client: client.trace(options=options, reconnect=AT_ONCE))
    assert sum(isinstance(event, ipftrace.Journey) for event in events) == 4
    assert [request.options.max_journeys for request in server.requests] == [4, 2]


def test_unreachable() -> None:
    """A server that is not there is an error with the reason."""
    expected = r"^cannot reach the server at unix:/nonexistent/s\.sock: .*No such file"
    with pytest.raises(ipftrace.UnreachableError, match=expected):
        ipftrace.connect("unix:/nonexistent/s.sock")
    with pytest.raises(ipftrace.UnreachableError, match=expected):
        asyncio.run(aio.connect("unix:/nonexistent/s.sock"))


def test_no_thread_is_left_behind(tmp_path: Path) -> None:
    """One that watched the connection would fail, and say so, when the connection is closed."""
    with replay(tmp_path, []) as server:
        before = set(threading.enumerate())
        with ipftrace.connect(server.target):
            assert set(threading.enumerate()) - before == set()


@both
def test_server_far_away(tmp_path: Path, read: Read) -> None:
    """One that answers after a while is reached at the first attempt."""
    with replay(tmp_path, [Answer(STARTED, "OK")]) as server, far_away(tmp_path, server.target, 0.5) as target:
        events, _ = read(target, open_trace)
    assert len(events) == 1
