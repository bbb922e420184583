"""Which Linux kernel functions each packet went through: a client of ipftrace.

Messages and enums of the contract are in ``ipftrace.v1``; ``ipftrace.aio`` is the same for asyncio.
"""

from ipftrace._channel import Tls, UnreachableError
from ipftrace._client import Client, TraceStream, connect
from ipftrace._course import BrokenStreamError, Reconnect
from ipftrace._custom import CustomData
from ipftrace._events import Ended, EventReader, Heartbeat, Loss, Progress, Started, TraceEvent, event_json
from ipftrace._journey import Hop, Journey
from ipftrace._manifest import load_manifest
from ipftrace._module import load_module
from ipftrace._request import own_trace
from ipftrace._yaml import FileWarning, InvalidFileError

__all__ = [
    "BrokenStreamError",
    "Client",
    "CustomData",
    "Ended",
    "EventReader",
    "FileWarning",
    "Heartbeat",
    "Hop",
    "InvalidFileError",
    "Journey",
    "Loss",
    "Progress",
    "Reconnect",
    "Started",
    "Tls",
    "TraceEvent",
    "TraceStream",
    "UnreachableError",
    "connect",
    "event_json",
    "load_manifest",
    "load_module",
    "own_trace",
]
