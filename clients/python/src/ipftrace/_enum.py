"""Names of enum values."""

from google.protobuf.descriptor import EnumDescriptor


def enum_name(enum: EnumDescriptor, value: int, prefix: str) -> str:
    """Without the enum's prefix: "EGRESS"; a value that this version does not know is its number: "99"."""
    known = enum.values_by_number.get(value)
    return str(value) if known is None else known.name.removeprefix(prefix)
