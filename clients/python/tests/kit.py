"""The files of clients/conformance; IPFTRACE_CONFORMANCE tells where they are."""

import json
import os
from pathlib import Path
from typing import Any

from google.protobuf.internal.decoder import _DecodeVarint32  # type: ignore[attr-defined]

KIT = Path(os.environ.get("IPFTRACE_CONFORMANCE", Path(__file__).parents[2] / "conformance"))


def read_messages(path: Path) -> list[bytes]:
    """The messages of a stream, as they come on the wire."""
    data = path.read_bytes()
    messages = []
    position = 0
    while position < len(data):
        length, position = _DecodeVarint32(data, position)
        messages.append(data[position : position + length])
        position += length
    return messages


def read_lines(path: Path) -> list[Any]:
    """The objects of a file of JSON lines."""
    # Not splitlines(): texts may have other characters that it takes for ends of lines.
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def names_in(folder: str, ending: str) -> list[str]:
    """Base names of files, so that tests are named after them."""
    names = sorted(path.name.removesuffix(ending) for path in (KIT / folder).glob(f"*{ending}"))
    assert names, f"no {ending} in {folder}"
    return names
