"""The second example of the original's README: ``ipftrace -iv 4 -l4 TCP -d4 10.0.1.11 -m gso generic``."""

import asyncio
import signal
import sys

import ipftrace
from ipftrace import aio
from ipftrace.v1.filter_pb2 import IP_VERSION_4, Filter, FlowFilter

TCP = 6


async def main(address: str = "unix:/run/ipftrace/ipftraced.sock") -> None:
    """Prints the journeys of TCP packets, with what GSO does to them, until a signal comes."""
    packets = Filter(allow=[FlowFilter(ip_version=IP_VERSION_4, l4_protocols=[TCP], destination_ipv4=["10.0.1.11"])])
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()
    async with await aio.connect(address) as client:
        stream = client.trace(manifest="generic", modules=["gso"], packets=packets)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: tasks.add(asyncio.create_task(stream.stop())))
        async for event in stream:
            match event:
                case ipftrace.Started():
                    print("Trace ready!", flush=True)
                case ipftrace.Journey():
                    print(event.text(), end="", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
