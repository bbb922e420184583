"""Counts the journeys of a trace, and what was lost.

A second argument waits so many milliseconds after each; a third is a session, of which to count what its history has.
"""

import json
import signal
import sys
import threading
import time

import ipftrace
from ipftrace.v1.trace_service_pb2 import SessionAttachment, TraceOptions


def main(address: str = "unix:/run/ipftrace/ipftraced.sock", delay_ms: str = "0", session: str = "") -> None:
    """Counts until a signal comes."""
    counts = {"journeys": 0, "hops": 0, "lostEvents": 0}
    delay_seconds = float(delay_ms) / 1000
    is_ending = threading.Event()
    start = time.monotonic()
    with ipftrace.connect(address) as client:
        if session:
            stream = client.read_session(session, start=SessionAttachment(oldest=True), history_only=True)
        else:
            stream = client.trace(options=TraceOptions(queue_bytes=65536))

        def stop(*_: object) -> None:
            is_ending.set()
            stream.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        for event in stream:
            match event:
                case ipftrace.Started():
                    start = time.monotonic()
                    print("Trace ready!", flush=True)
                case ipftrace.Journey():
                    counts["journeys"] += 1
                    counts["hops"] += sum(1 for hop in event.hops() if hop.function)
                    if delay_seconds:
                        is_ending.wait(delay_seconds)
                case ipftrace.Loss(loss):
                    counts["lostEvents"] += sum(stage.lost_events for stage in loss.stages)
    print(json.dumps({**counts, "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main(*sys.argv[1:])
