"""Counts the journeys of a trace, and what was lost; a second argument waits so many milliseconds after each."""

import json
import signal
import sys
import threading
import time

import ipftrace
from ipftrace.v1.trace_service_pb2 import TraceOptions


def main(address: str = "unix:/run/ipftrace/ipftraced.sock", delay_ms: str = "0") -> None:
    """Counts until a signal comes."""
    counts = {"journeys": 0, "hops": 0, "lostEvents": 0}
    delay_seconds = float(delay_ms) / 1000
    is_ending = threading.Event()
    start = time.monotonic()
    with ipftrace.connect(address) as client:
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
                    counts["hops"] += len(event.hops())
                    if delay_seconds:
                        is_ending.wait(delay_seconds)
                case ipftrace.Loss(loss):
                    counts["lostEvents"] += sum(stage.lost_events for stage in loss.stages)
    print(json.dumps({**counts, "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main(*sys.argv[1:])
