"""What modules add to hops, by their schemas."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ipftrace._flow import UNKNOWN, address_text
from ipftrace._text import printable
from ipftrace.v1 import custom_pb2
from ipftrace.v1.custom_pb2 import CustomField, CustomSchema, CustomValue

CustomData: TypeAlias = int | bool | str | bytes | None
"""A value: int for UNSIGNED, SIGNED and HEX, bool for BOOL, bytes for BYTES, text for others; None: it says nothing."""


class CustomReader:
    """Reads the values of hops by the schemas of one trace."""

    def __init__(self, schemas: Sequence[CustomSchema]) -> None:
        """Reads by these schemas."""
        self._schemas = list(schemas)
        uses = Counter(field.name for schema in schemas for field in schema.fields)
        self._fields = {
            field.field_id: (field, field.name if uses[field.name] == 1 else f"{schema.name}.{field.name}")
            for schema in schemas
            for field in schema.fields
        }

    def text(self, values: Iterable[CustomValue]) -> str:
        """One cell: ``(len: 2101 gso_type: SKB_GSO_TCPV4)`` for each module that has a value."""
        by_id = {value.field_id: value for value in values}
        cells = [_schema_text(schema, by_id) for schema in self._schemas]
        return " ".join(cell for cell in cells if cell)

    def json(self, values: Iterable[CustomValue]) -> dict[str, str | bool]:
        """By field name, as the command line writes it."""
        return {name: _value_json(field, value) for field, name, value in self._named(values)}

    def data(self, values: Iterable[CustomValue]) -> dict[str, CustomData]:
        """By field name; a name that two modules have is preceded by the module's."""
        return {name: _value_data(field, value) for field, name, value in self._named(values)}

    def _named(self, values: Iterable[CustomValue]) -> Iterable[tuple[CustomField, str, CustomValue]]:
        for value in values:
            known = self._fields.get(value.field_id)
            if known is not None:
                yield known[0], known[1], value


def _schema_text(schema: CustomSchema, by_id: dict[int, CustomValue]) -> str:
    """A field that could not be read is a question mark: zero would be a claim."""
    if not any(field.field_id in by_id for field in schema.fields):
        return ""
    cells = []
    for field in schema.fields:
        value = by_id.get(field.field_id)
        cells.append(f"{printable(field.name)}: {UNKNOWN if value is None else _value_text(field, value)}")
    return f"({' '.join(cells)})"


def _value_json(field: CustomField, value: CustomValue) -> str | bool:
    which = value.WhichOneof("value")
    if field.kind == custom_pb2.CUSTOM_KIND_BOOL and which == "unsigned_value":
        return value.unsigned_value != 0
    if field.kind == custom_pb2.CUSTOM_KIND_STRING and which == "bytes_value":
        return _decode(value.bytes_value)
    return _value_text(field, value)


def _value_data(field: CustomField, value: CustomValue) -> CustomData:
    which = value.WhichOneof("value")
    if which is None:
        return None
    if which == "signed_value":
        return value.signed_value
    if which == "unsigned_value" and field.kind in {custom_pb2.CUSTOM_KIND_UNSIGNED, custom_pb2.CUSTOM_KIND_HEX}:
        return value.unsigned_value
    if which == "bytes_value" and field.kind == custom_pb2.CUSTOM_KIND_BYTES:
        return value.bytes_value
    return _value_json(field, value)


def _value_text(field: CustomField, value: CustomValue) -> str:
    match value.WhichOneof("value"):
        case "unsigned_value":
            return _unsigned_text(field, value.unsigned_value)
        case "signed_value":
            return str(value.signed_value)
        case "bytes_value":
            return _bytes_text(field, value.bytes_value)
        case _:
            return UNKNOWN


def _unsigned_text(field: CustomField, value: int) -> str:
    match field.kind:
        case custom_pb2.CUSTOM_KIND_BOOL:
            return "true" if value else "false"
        case custom_pb2.CUSTOM_KIND_HEX:
            return hex(value)
        case custom_pb2.CUSTOM_KIND_ENUM:
            return next((one.name for one in field.names if one.value == value), str(value))
        case custom_pb2.CUSTOM_KIND_FLAGS:
            return _flags_text(field, value)
        case _:
            return str(value)


def _flags_text(field: CustomField, value: int) -> str:
    """Bits without a name are shown, too, as one number at the end."""
    named = [one for one in field.names if one.value and value & one.value == one.value]
    rest = value
    for one in named:
        rest &= ~one.value
    return "|".join([*(one.name for one in named), *([hex(rest)] if rest else [])])


def _bytes_text(field: CustomField, value: bytes) -> str:
    match field.kind:
        case custom_pb2.CUSTOM_KIND_STRING:
            return printable(_decode(value))
        case custom_pb2.CUSTOM_KIND_IP:
            return address_text(value)
        case custom_pb2.CUSTOM_KIND_MAC:
            return value.hex(":")
        case _:
            return value.hex()


def _decode(value: bytes) -> str:
    """Kernel strings end at their first NUL, whatever the array behind them holds."""
    return value.split(b"\0", 1)[0].decode("utf-8", "replace")
