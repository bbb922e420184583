"""The first example of the original's README: ``ipftrace -iv 4 -l4 ICMP -s4 10.0.1.10 generic``."""

import signal
import sys

import ipftrace
from ipftrace.v1.filter_pb2 import IP_VERSION_4, Filter, FlowFilter

ICMP = 1


def main(address: str = "unix:/run/ipftrace/ipftraced.sock") -> None:
    """Prints the journeys of pings until a signal comes."""
    packets = Filter(allow=[FlowFilter(ip_version=IP_VERSION_4, l4_protocols=[ICMP], source_ipv4=["10.0.1.10"])])
    with ipftrace.connect(address) as client:
        stream = client.trace(manifest="generic", packets=packets)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stream.stop())
        for event in stream:
            match event:
                case ipftrace.Started():
                    print("Trace ready!", flush=True)
                case ipftrace.Journey():
                    print(event.text(), end="", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
