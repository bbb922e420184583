"""YAML 1.2 with the place of everything that is wrong with it."""

import difflib
import json
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_MAX_BYTES: Final = 1024 * 1024
_MAX_NODES: Final = 1_000_000
"""More than a file of the largest size holds, unless aliases repeat them."""
_MAX_ERRORS: Final = 20
_STRING: Final = "tag:yaml.org,2002:str"
_INTEGER: Final = "tag:yaml.org,2002:int"
_BOOLEAN: Final = "tag:yaml.org,2002:bool"
_NULL: Final = "tag:yaml.org,2002:null"
_FLOAT: Final = "tag:yaml.org,2002:float"


class InvalidFileError(ValueError):
    """A file that cannot be used: ``problems`` has all that is wrong, each as ``path:line:column: what``."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Tells of the first problems, one a line."""
        shown = list(problems[:_MAX_ERRORS])
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more")
        super().__init__("\n".join(shown))
        self.problems = list(problems)


class FileWarning(UserWarning):
    """What the author of a file probably did not mean."""


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2: "yes" is a text."""


# The base class has the rules of YAML 1.1 in an attribute of the class.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    (_BOOLEAN, r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (_INTEGER, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (_FLOAT, r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    (_NULL, r"~|null|Null|NULL|", "~nN"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), [*_first, *([""] if _tag == _NULL else [])])


class Source:
    """One file, and what is wrong with it."""

    def __init__(self, path: str | Path, what: str) -> None:
        """Reads a file; ``what`` is what it should hold."""
        self._path = str(path)
        self._what = what
        self._errors: list[tuple[int, int, str]] = []
        self._nodes = 0
        self.default_name = Path(path).stem
        self.root = self._compose(self._read())

    def error(self, node: Node | None, what: str) -> None:
        """Something that makes the file unusable."""
        mark = node.start_mark if node else None
        place = (mark.line + 1, mark.column + 1, what) if mark else (1, 1, what)
        if place not in self._errors:
            self._errors.append(place)

    def warn(self, node: Node, what: str) -> None:
        """Something that the author probably did not mean."""
        mark = node.start_mark
        warnings.warn(f"{self._path}:{mark.line + 1}:{mark.column + 1}: {what}", FileWarning, stacklevel=2)

    def raise_errors(self) -> None:
        """Raises InvalidFileError with what there is."""
        if self._errors:
            raise InvalidFileError(
                [f"{self._path}:{line}:{column}: {what}" for line, column, what in sorted(self._errors)]
            )

    def fail(self, node: Node | None, what: str) -> InvalidFileError:
        """The error after which the rest cannot be judged."""
        self.error(node, what)
        self.raise_errors()
        raise AssertionError

    def elements(self, node: SequenceNode) -> list[Node]:
        """The elements of a list."""
        self._nodes += len(node.value)
        if self._nodes > _MAX_NODES:
            self.fail(node, "is too much with all aliases followed")
        return list(node.value)

    def fields(self, node: MappingNode) -> dict[str, Node]:
        """The values of a mapping. Reports keys that are given twice."""
        fields: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.error(key, "keys must be texts")
            elif key.value in fields:
                self.error(key, f"the key {quote(key.value)} is given twice: leave one of them out")
            else:
                fields[key.value] = value
        return fields

    def known_fields(self, node: MappingNode, known: Sequence[str], owner: str) -> dict[str, Node]:
        """The same of a mapping with given keys. Warns of others."""
        fields = self.fields(node)
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.value not in known:
                hint = did_you_mean(key.value, known)
                keys = ", ".join(known)
                self.warn(key, f"the key {quote(key.value)} is ignored{hint}: {owner} has the keys {keys}")
        return fields

    def text(self, fields: dict[str, Node], key: str) -> str | None:
        """The text of an optional field; None when it is absent or, which is reported, not a text."""
        node = fields.get(key)
        if node is None:
            return None
        text = string_of(node)
        if text is not None and text.strip():
            return text.strip()
        self.error(node, f"{key} is {describe(node)}: give a text")
        return None

    def flag(self, fields: dict[str, Node], key: str, owner: str = "") -> bool:
        """An optional field that is true or false; False when it is absent."""
        node = fields.get(key)
        if node is None:
            return False
        if isinstance(node, ScalarNode) and node.tag == _BOOLEAN:
            return bool(node.value.lower() == "true")
        self.error(node, f"{key}{owner} is {describe(node)}: give true or false")
        return False

    def _read(self) -> str:
        try:
            with Path(self._path).open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except OSError as reason:
            raise InvalidFileError([f"{self._path}: {reason.strerror}"]) from reason
        if len(data) > _MAX_BYTES:
            raise InvalidFileError([f"{self._path}: is larger than a {self._what} may be, {_MAX_BYTES} bytes"])
        try:
            return data.decode()
        except UnicodeDecodeError as reason:
            raise InvalidFileError([f"{self._path}: is not text in UTF-8: give a YAML file"]) from reason

    def _compose(self, text: str) -> Node | None:
        try:
            documents = list(yaml.compose_all(text, _Loader))
        except yaml.MarkedYAMLError as reason:
            mark = reason.problem_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise InvalidFileError([f"{self._path}:{line}:{column}: is not YAML: {reason.problem}"]) from reason
        except yaml.YAMLError as reason:
            raise InvalidFileError([f"{self._path}:1:1: is not YAML: {reason}"]) from reason
        except RecursionError as reason:
            raise InvalidFileError([f"{self._path}:1:1: is nested deeper than a {self._what} can be"]) from reason
        if len(documents) > 1:
            # The document begins at the line of its "---", which is no node.
            mark = documents[1].start_mark
            separators = [
                n for n, line in enumerate(text.split("\n"), 1) if line.startswith("---") and n <= mark.line + 1
            ]
            line = separators[-1] if separators else mark.line + 1
            raise InvalidFileError(
                [f"{self._path}:{line}:1: another YAML document begins here: a {self._what} is one document"]
            )
        return documents[0] if documents else None


def string_of(node: Node) -> str | None:
    """The text that a node is."""
    return str(node.value) if isinstance(node, ScalarNode) and node.tag == _STRING else None


def integer_of(node: Node) -> int | None:
    """The integer that a node is."""
    if not isinstance(node, ScalarNode):
        return None
    if node.tag == _INTEGER:
        return int(node.value, 0 if node.value[:2] in {"0x", "0o"} else 10)
    if node.tag == _FLOAT and float(node.value).is_integer():
        return int(float(node.value))
    return None


def describe(node: Node) -> str:
    """What a node is, for messages."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    if node.tag == _NULL:
        return "empty"
    if node.tag == _STRING:
        return f"the text {quote(node.value)}"
    return f"the number {node.value}" if node.tag in {_INTEGER, _FLOAT} else str(node.value)


def quote(text: str) -> str:
    """Foreign text in a message: in quotes, shortened, without control characters."""
    longest = 60
    return json.dumps(text if len(text) <= longest else text[:longest] + "…", ensure_ascii=False)


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """The name that was probably meant, as the end of a message."""
    near = difflib.get_close_matches(text, list(names), 1)
    return f" (did you mean {quote(near[0])}?)" if near else ""
