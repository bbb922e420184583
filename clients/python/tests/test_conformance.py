"""The library against the conformance kit: recorded streams, manifests and modules."""

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

import ipftrace
from ipftrace.v1.trace_service_pb2 import TraceResponse

from .kit import KIT, names_in, read_lines, read_messages


@pytest.mark.parametrize("name", names_in("cases", ".binpb"))
def test_recorded_stream(name: str) -> None:
    """Its events and the text of its journeys are those expected."""
    reader = ipftrace.EventReader()
    messages = [TraceResponse.FromString(data) for data in read_messages(KIT / "cases" / f"{name}.binpb")]
    events = [event for message in messages for event in reader.read(message)]
    assert [ipftrace.event_json(event) for event in events] == read_lines(KIT / "cases" / f"{name}.jsonl")
    text = "".join(event.text() for event in events if isinstance(event, ipftrace.Journey))
    assert text.encode() == (KIT / "cases" / f"{name}.txt").read_bytes()


@pytest.mark.parametrize("name", names_in("cases", ".binpb"))
def test_hops(name: str) -> None:
    """Hops have the names that the journey's JSON has."""
    reader = ipftrace.EventReader()
    messages = [TraceResponse.FromString(data) for data in read_messages(KIT / "cases" / f"{name}.binpb")]
    # Names are those of the moment at which a journey came, however late they are asked for.
    events = [event for message in messages for event in reader.read(message)]
    journeys = [event for event in events if isinstance(event, ipftrace.Journey)]
    expected = [line for line in read_lines(KIT / "cases" / f"{name}.jsonl") if "event" not in line]
    for journey, line in zip(journeys, expected, strict=True):
        start = journey.message.start_time_ns
        found = [
            (hop.function, str(hop.time_ns - start), hop.interface, hop.stack, list(hop.custom))
            for hop in journey.hops()
        ]
        assert found == [
            (hop["function"], hop["deltaNs"], hop["interface"], hop.get("stack"), list(hop.get("custom", {})))
            for hop in line["hops"]
        ]


def outcome(load: Callable[[Path], Message], path: Path) -> dict[str, Any]:
    """What a file means, or the line for which it is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ipftrace.FileWarning)
            return MessageToDict(load(path), always_print_fields_with_no_presence=True)
    except ipftrace.InvalidFileError as error:
        found = re.match(rf"{re.escape(str(path))}:(\d+):\d+: ", error.problems[0])
        return {"refusedInLine": int(found[1]) if found else str(error)}


@pytest.mark.parametrize("name", names_in("manifests", ".yaml"))
def test_manifest(name: str) -> None:
    """It is read as the command line reads it."""
    found = outcome(ipftrace.load_manifest, KIT / "manifests" / f"{name}.yaml")
    expected = json.loads((KIT / "manifests" / f"{name}.json").read_text())
    if name == "refused-not-yaml":
        assert found.keys() == expected.keys()
    else:
        assert found == expected


@pytest.mark.parametrize("name", names_in("modules", ".yaml"))
def test_module(name: str) -> None:
    """It is read as the command line reads it."""
    found = outcome(ipftrace.load_module, KIT / "modules" / f"{name}.yaml")
    found.pop("object", None)
    assert found == json.loads((KIT / "modules" / f"{name}.json").read_text())


@pytest.mark.parametrize(("folder", "load"), [("manifests", ipftrace.load_manifest), ("modules", ipftrace.load_module)])
def test_unknown_keys_warn(folder: str, load: Callable[[Path], Message]) -> None:
    """With their place."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        load(KIT / folder / "unknown-keys.yaml")
    assert 'unknown-keys.yaml:1:1: the key "author" is ignored' in str(found[0].message)


def test_missing_file() -> None:
    """A file that is not there is refused with the reason."""
    with pytest.raises(ipftrace.InvalidFileError, match=r"^/nonexistent/x\.yaml: No such file"):
        ipftrace.load_manifest("/nonexistent/x.yaml")
