"""How to reach a server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import grpc

CONNECT_TIMEOUT_SECONDS: Final = 5.0
REASON_TIMEOUT_SECONDS: Final = 1.0
ANSWER_TIMEOUT_SECONDS: Final = 10.0
"""For questions that the server answers from what it knows."""
KERNEL_TIMEOUT_SECONDS: Final = 120.0
"""For answers that need the kernel: types of every module, thousands of probes."""
PAGE_SIZE: Final = 1000
"""The largest page that the contract allows."""


@dataclass(frozen=True, slots=True)
class Tls:
    """What TLS needs; everything is in PEM."""

    authorities: bytes | None = None
    """Certificates that the server's may come from; None: those that gRPC knows."""
    certificate: bytes | None = None
    """The client's certificate and those between it and its authority."""
    key: bytes | None = None
    """The private key of the certificate."""
    server_name: str | None = None
    """Name that the server's certificate must have; None: the host of the address."""

    def credentials(self) -> grpc.ChannelCredentials:
        """As gRPC wants them."""
        return grpc.ssl_channel_credentials(self.authorities, self.key, self.certificate)


class UnreachableError(ConnectionError):
    """There is no connection to a server."""


def channel_options(tls: Tls | None, timeout: float) -> Sequence[tuple[str, int | str]]:
    """Options of the channel; each attempt to connect has ``timeout`` seconds."""
    name = tls.server_name if tls else None
    return [
        # A page of functions, or the dictionary of a large manifest, may exceed the default of 4 MiB.
        ("grpc.max_receive_message_length", 64 * 1024 * 1024),
        # An ipftrace server stands on the node or near it; http_proxy is meant for other things.
        ("grpc.enable_http_proxy", 0),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        # Channels of one process share connections otherwise, and one would end the other's.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # In spite of its name: how long an attempt may take.
        ("grpc.min_reconnect_backoff_ms", int(timeout * 1000)),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        *([("grpc.ssl_target_name_override", name)] if name else []),
    ]


def unreachable(address: str, reason: str | None) -> UnreachableError:
    """The error for a server that cannot be reached."""
    return UnreachableError(f"cannot reach the server at {address}: {reason or 'no connection'}")
