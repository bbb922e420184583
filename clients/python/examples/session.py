"""Reads a session from its oldest journey on, with TLS where PEM files are given: one line of JSON an event.

Goes on where it was when the connection breaks. Usage: session.py ADDRESS NAME [CA CERTIFICATE KEY]
"""

import json
import signal
import sys
from pathlib import Path

import ipftrace
from ipftrace.v1.trace_service_pb2 import SessionAttachment


def main(address: str, session: str, *files: str) -> None:
    """Reads until a signal comes, or the session is deleted."""
    tls = None
    if files:
        authorities, certificate, key = (Path(file).read_bytes() for file in files)
        tls = ipftrace.Tls(authorities, certificate, key)
    with ipftrace.connect(address, tls=tls) as client:
        stream = client.read_session(session, start=SessionAttachment(oldest=True))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stream.cancel())
        for event in stream:
            print(json.dumps(ipftrace.event_json(event)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
