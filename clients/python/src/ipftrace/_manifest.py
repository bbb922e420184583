"""Manifests from YAML, in all forms that the command line reads."""

import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from yaml.nodes import MappingNode, Node, SequenceNode

from ipftrace._yaml import Source, describe, integer_of, quote, string_of
from ipftrace.v1.manifest_pb2 import Manifest, ManifestFunction

_MAX_POSITION: Final = 5
_NAME: Final = re.compile(r"(tracepoint:)?[A-Za-z_.$][A-Za-z0-9_.$]*")
_NAME_RULE: Final = 'letters, digits, "_", "." and "$", not beginning with a digit, optionally after "tracepoint:"'
_FILE_FORM: Final = "a manifest is a mapping with the key functions, and optionally name and description"
_ENTRY_FORM: Final = "the name of a function, or a mapping with the keys name, skb_pos and egress"
_NAMED_SKB: Final = re.compile(r"\bskb\s*$")
_SKB: Final = re.compile(r"\bstruct\s+sk_buff\s*\*")
_POINTER_TO_POINTER: Final = re.compile(r"\*\s*(const\s*)?\*")


@dataclass
class _Entry:
    function: ManifestFunction
    node: Node


@dataclass
class _Group:
    name: str
    description: str
    entries: list[_Entry]


def load_manifest(path: str | PathLike[str]) -> Manifest:
    """Reads a manifest from a YAML file.

    Warns with FileWarning of what its author probably did not mean. Raises InvalidFileError with all that is wrong.
    """
    source = Source(Path(path), "manifest")
    manifest = Manifest(name=source.default_name)
    root = source.root
    if root is None:
        source.error(None, f"the file is empty: {_FILE_FORM}")
    elif isinstance(root, MappingNode):
        fields = source.known_fields(root, ("name", "description", "functions"), "a manifest")
        manifest.name = source.text(fields, "name") or source.default_name
        manifest.description = source.text(fields, "description") or ""
        if "functions" in fields:
            _merge(source, _read_groups(source, fields["functions"]), manifest)
        else:
            source.error(root, f"the key functions is missing: {_FILE_FORM}")
    else:
        source.error(root, f"the file holds {describe(root)}: {_FILE_FORM}")
    source.raise_errors()
    return manifest


def _read_groups(source: Source, node: Node) -> list[_Group]:
    """Groups by name, or a plain list, which becomes one group without a name."""
    if isinstance(node, SequenceNode):
        return [_Group("", "", _read_entries(source, node, "functions"))]
    if not isinstance(node, MappingNode):
        source.error(node, f"functions is {describe(node)}: give groups of functions by name, or a list of functions")
        return []
    if not node.value:
        source.error(node, "functions is empty: give at least one function")
    return [_read_group(source, name, value) for name, value in source.fields(node).items()]


def _read_group(source: Source, name: str, node: Node) -> _Group:
    label = f"the group {quote(name)}"
    if not isinstance(node, MappingNode):
        return _Group(name, "", _read_entries(source, node, label))
    fields = source.known_fields(node, ("description", "functions"), "a group")
    group = _Group(name, source.text(fields, "description") or "", [])
    if "functions" in fields:
        group.entries = _read_entries(source, fields["functions"], label)
    else:
        form = "give a list of functions, or a mapping with description and functions"
        source.error(node, f"{label} has no key functions: {form}")
    return group


def _read_entries(source: Source, node: Node, label: str) -> list[_Entry]:
    if not isinstance(node, SequenceNode):
        source.error(node, f"{label} is {describe(node)}: give a list of functions")
        return []
    if not node.value:
        source.error(node, f"{label} is empty: give at least one function")
    entries = [_read_entry(source, element) for element in source.elements(node)]
    return [entry for entry in entries if entry is not None]


def _read_entry(source: Source, node: Node) -> _Entry | None:
    text = string_of(node)
    if text is not None:
        return _Entry(ManifestFunction(name=text), node) if _check_name(source, node, text) else None
    if not isinstance(node, MappingNode):
        source.error(node, f"this entry is {describe(node)}: give {_ENTRY_FORM}")
        return None
    fields = source.known_fields(node, ("name", "skb_pos", "egress", "args"), "a function")
    if "name" not in fields:
        source.error(node, f"this entry has no name: give {_ENTRY_FORM}")
    name = source.text(fields, "name")
    if name is not None and not _check_name(source, fields["name"], name):
        name = None
    owner = name or "this function"
    position = _read_position(source, fields, owner)
    egress = source.flag(fields, "egress", f" of {owner}")
    if name is None:
        return None
    return _Entry(ManifestFunction(name=name, skb_position=position, egress=egress), node)


def _check_name(source: Source, node: Node, name: str) -> bool:
    if _NAME.fullmatch(name):
        return True
    source.error(node, f"{quote(name)} cannot be the name of a kernel function: use {_NAME_RULE}")
    return False


def _read_position(source: Source, fields: dict[str, Node], owner: str) -> int:
    node = fields.get("skb_pos")
    if node is None:
        return _read_arguments(source, fields, owner)
    position = integer_of(node)
    if position is not None and 1 <= position <= _MAX_POSITION:
        return position
    form = f"give the position of its struct sk_buff * argument, 1-{_MAX_POSITION}, or leave skb_pos out"
    source.error(node, f"skb_pos of {owner} is {describe(node)}: {form}")
    return 0


def _read_arguments(source: Source, fields: dict[str, Node], owner: str) -> int:
    """The oldest form of a manifest gives the function's arguments in C instead of a position."""
    node = fields.get("args")
    if node is None:
        return 0
    texts = [string_of(one) for one in source.elements(node)] if isinstance(node, SequenceNode) else [None]
    declarations = [text for text in texts if text is not None]
    if len(declarations) < len(texts):
        source.error(node, f'args of {owner} must be a list of C declarations, for example ["struct sk_buff *skb"]')
        return 0
    position = _find_skb(declarations)
    if 1 <= position <= _MAX_POSITION:
        return position
    source.error(node, f"args of {owner} have no struct sk_buff * among the first {_MAX_POSITION}")
    return 0


def _find_skb(declarations: list[str]) -> int:
    """The declaration that is called skb, else the first ``struct sk_buff *``; from 1, 0 when there is none."""
    for pattern in (_NAMED_SKB, _SKB):
        for position, text in enumerate(declarations, 1):
            if pattern.search(text) and not _POINTER_TO_POINTER.search(text):
                return position
    return 0


def _merge(source: Source, groups: list[_Group], manifest: Manifest) -> None:
    """Every function once: one that is listed again keeps its first place. Groups left without functions go."""
    firsts: dict[str, _Entry] = {}
    kept: dict[int, list[_Entry]] = {}
    for index, group in enumerate(groups):
        for entry in group.entries:
            first = firsts.setdefault(entry.function.name, entry)
            if first is entry:
                kept.setdefault(index, []).append(entry)
                continue
            line = first.node.start_mark.line + 1
            source.warn(entry.node, f"{entry.function.name} is listed twice, first in line {line}: it stays there")
            first.function.skb_position = first.function.skb_position or entry.function.skb_position
            first.function.egress |= entry.function.egress
    for index, entries in kept.items():
        group = groups[index]
        functions = [entry.function for entry in entries]
        manifest.groups.add(name=group.name, description=group.description, functions=functions)
