"""Requests of traces as programs write them: only what is not the default."""

from collections.abc import Sequence

from ipftrace import _channel
from ipftrace.v1 import trace_service_pb2
from ipftrace.v1.custom_pb2 import Module
from ipftrace.v1.filter_pb2 import Filter
from ipftrace.v1.manifest_pb2 import Manifest
from ipftrace.v1.node_pb2 import Backend
from ipftrace.v1.trace_service_pb2 import ListFunctionsRequest, SessionAttachment, TraceOptions, TraceRequest


def own_trace(  # noqa: PLR0913 (one for each field of the contract)
    *,
    packets: Filter | None = None,
    manifest: str | Manifest | None = None,
    modules: Sequence[str | Module] = (),
    function_regex: str = "",
    begin_regex: str = "",
    backend: Backend.ValueType = Backend.BACKEND_UNSPECIFIED,
    options: TraceOptions | None = None,
) -> TraceRequest:
    """The request of a trace. Functions are asked for by id unless the options say otherwise: events have names."""
    request = TraceRequest(
        filter=packets,
        module_names=[module for module in modules if isinstance(module, str)],
        modules=[module for module in modules if isinstance(module, Module)],
        function_regex=function_regex,
        begin_regex=begin_regex,
        backend=backend,
        options=options,
    )
    _set_manifest(request, manifest)
    if not request.options.function_encoding:
        request.options.function_encoding = trace_service_pb2.FUNCTION_ENCODING_IDS
    return request


def session_trace(
    session: str, start: SessionAttachment | None, *, history_only: bool, options: TraceOptions | None
) -> TraceRequest:
    """The request that reads a session; ``start`` says where to begin."""
    attachment = SessionAttachment()
    if start is not None:
        attachment.CopyFrom(start)
    attachment.session_name = session
    attachment.history_only = history_only
    return TraceRequest(session=attachment, options=options)


def functions_request(manifest: str | Manifest | None, name_contains: str, function_regex: str) -> ListFunctionsRequest:
    """The request for the first page of functions."""
    request = ListFunctionsRequest(
        name_contains=name_contains, function_regex=function_regex, page_size=_channel.PAGE_SIZE
    )
    _set_manifest(request, manifest)
    return request


def _set_manifest(request: TraceRequest | ListFunctionsRequest, manifest: str | Manifest | None) -> None:
    if isinstance(manifest, str):
        request.manifest_name = manifest
    elif manifest is not None:
        request.manifest.CopyFrom(manifest)
