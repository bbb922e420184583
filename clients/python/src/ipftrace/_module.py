"""Modules from YAML."""

import re
from os import PathLike
from pathlib import Path
from typing import Final

from yaml.nodes import MappingNode, Node, SequenceNode

from ipftrace._yaml import Source, describe, did_you_mean, quote, string_of
from ipftrace.v1 import custom_pb2
from ipftrace.v1.custom_pb2 import CustomKind, Module, ModuleField

_MAX_WORDS: Final = 1024
_MAX_ALTERNATIVES: Final = 8
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME_RULE: Final = 'letters, digits, "_" and "-", 64 at most'
_NAMES_FROM: Final = re.compile(r"[A-Za-z_]\w{0,127}\*?", re.ASCII)
_FILE_FORM: Final = "a module is a mapping with the key fields, and optionally name, description and match"
_FIELD_FORM: Final = "a mapping with the keys name and read"
_READ_FORM: Final = "a path such as skb->len, or a list of them to try in this order"
_KINDS: Final = {
    value.name.removeprefix("CUSTOM_KIND_").lower().replace("_", "-"): value.number
    for value in CustomKind.DESCRIPTOR.values
    if value.number != custom_pb2.CUSTOM_KIND_UNSPECIFIED
}
_NAMED_KINDS: Final = (
    custom_pb2.CUSTOM_KIND_UNSPECIFIED,
    custom_pb2.CUSTOM_KIND_ENUM,
    custom_pb2.CUSTOM_KIND_FLAGS,
)


def load_module(path: str | PathLike[str]) -> Module:
    """Reads a declarative module from a YAML file; what its expressions mean is for the node to judge.

    Warns with FileWarning of what its author probably did not mean. Raises InvalidFileError with all that is wrong.
    """
    source = Source(Path(path), "module")
    module = Module(name=source.default_name)
    root = source.root
    if root is None:
        source.error(None, f"the file is empty: {_FILE_FORM}")
    elif isinstance(root, MappingNode):
        _read_module(source, root, module)
    else:
        source.error(root, f"the file holds {describe(root)}: {_FILE_FORM}")
    source.raise_errors()
    return module


def _read_module(source: Source, root: MappingNode, module: Module) -> None:
    fields = source.known_fields(root, ("name", "description", "match", "fields"), "a module")
    module.name = source.text(fields, "name") or source.default_name
    module.description = source.text(fields, "description") or ""
    module.match = source.text(fields, "match") or ""
    _check_name(source, fields.get("name", root), module.name, "a module")
    _check_length(source, fields.get("description", root), module.description)
    nodes = fields.get("fields")
    if nodes is None:
        source.error(root, f"the key fields is missing: {_FILE_FORM}")
    elif not isinstance(nodes, SequenceNode):
        source.error(nodes, f"fields is {describe(nodes)}: give a list, each entry {_FIELD_FORM}")
    elif not nodes.value:
        source.error(nodes, f"the module {quote(module.name)} has no fields: give at least one")
    else:
        _read_fields(source, nodes, module)


def _read_fields(source: Source, nodes: SequenceNode, module: Module) -> None:
    names: set[str] = set()
    for node in source.elements(nodes):
        if not isinstance(node, MappingNode):
            source.error(node, f"this field is {describe(node)}: give {_FIELD_FORM}")
            continue
        field = _read_field(source, node)
        if field.name in names:
            source.error(node, f"{quote(field.name)} is given twice")
        names.add(field.name)
        module.fields.append(field)


def _read_field(source: Source, node: MappingNode) -> ModuleField:
    known = ("name", "read", "kind", "unit", "description", "names_from", "optional")
    fields = source.known_fields(node, known, "a field")
    for key in ("name", "read"):
        if key not in fields:
            source.error(node, f"this field has no {key}: give {_FIELD_FORM}")
    read = _read_paths(source, fields)
    field = ModuleField(
        name=source.text(fields, "name") or "",
        read=read[0] if read else "",
        kind=_read_kind(source, fields),
        unit=source.text(fields, "unit") or "",
        description=source.text(fields, "description") or "",
        names_from=source.text(fields, "names_from") or "",
        alternatives=read[1:],
        optional=source.flag(fields, "optional"),
    )
    if field.name:
        _check_name(source, fields["name"], field.name, "a field")
    _check_length(source, fields.get("unit", node), field.unit)
    _check_length(source, fields.get("description", node), field.description)
    _check_names_from(source, fields.get("names_from", node), field)
    return field


def _read_paths(source: Source, fields: dict[str, Node]) -> list[str]:
    node = fields.get("read")
    if node is None:
        return []
    nodes = source.elements(node) if isinstance(node, SequenceNode) else [node]
    texts = [(string_of(one) or "").strip() for one in nodes]
    if not texts or not all(texts):
        what = "a list of other things" if isinstance(node, SequenceNode) else describe(node)
        source.error(node, f"read is {what}: give {_READ_FORM}")
        return []
    if len(texts) > _MAX_ALTERNATIVES + 1:
        source.error(node, f"has {len(texts) - 1}: give {_MAX_ALTERNATIVES} at most")
    return texts


def _read_kind(source: Source, fields: dict[str, Node]) -> CustomKind.ValueType:
    word = source.text(fields, "kind")
    if word is None:
        return custom_pb2.CUSTOM_KIND_UNSPECIFIED
    kind = _KINDS.get(word)
    if kind is None:
        hint = did_you_mean(word, _KINDS)
        source.error(fields["kind"], f"{quote(word)} is not a kind{hint}: the kinds are {', '.join(_KINDS)}")
        return custom_pb2.CUSTOM_KIND_UNSPECIFIED
    return CustomKind.ValueType(kind)


def _check_name(source: Source, node: Node, name: str, what: str) -> None:
    if not _NAME.fullmatch(name):
        source.error(node, f"{quote(name)} cannot be the name of {what}: use {_NAME_RULE}")


def _check_length(source: Source, node: Node, text: str) -> None:
    if len(text) > _MAX_WORDS:
        source.error(node, f"has {len(text)} characters: give {_MAX_WORDS} at most")


def _check_names_from(source: Source, node: Node, field: ModuleField) -> None:
    if not field.names_from:
        return
    if field.kind not in _NAMED_KINDS:
        source.error(node, "only the kinds enum and flags have names: leave one of them out")
    if not _NAMES_FROM.fullmatch(field.names_from):
        what = f"{quote(field.names_from)} is no name of an enum, and no beginning of names"
        source.error(node, f'{what}: give for example "skb_drop_reason" or "SKB_GSO_*"')
