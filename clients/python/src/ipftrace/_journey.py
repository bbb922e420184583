"""A packet's journey with every number named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ipftrace._custom import CustomData
from ipftrace._enum import enum_name
from ipftrace._flow import UNKNOWN, address_text, flow_texts
from ipftrace._names import Names
from ipftrace._text import Column, lay_out, printable
from ipftrace.v1 import journey_pb2
from ipftrace.v1.flow_pb2 import Flow
from ipftrace.v1.journey_pb2 import PacketJourney


class Hop:
    """One function that the packet went through. Names are looked up when they are asked for."""

    __slots__ = ("_names", "_start_time_ns", "message")

    def __init__(self, message: journey_pb2.Hop, start_time_ns: int, names: Names) -> None:
        """Made by Journey.hops."""
        self.message = message
        """The message of the contract: cpu, ifindex, netns, length, flow."""
        self._start_time_ns = start_time_ns
        self._names = names

    @property
    def function(self) -> str:
        """Name, whether the trace was asked for names or ids; empty when it is not known."""
        return self.message.function or self._names.functions.get(self.message.function_id, "")

    @property
    def time_ns(self) -> int:
        """CLOCK_MONOTONIC, nanoseconds since boot."""
        return self._start_time_ns + self.message.delta_ns

    @property
    def interface(self) -> str:
        """Name of the interface within its network namespace; empty: none, or not known."""
        return self._names.interfaces.get((self.message.netns, self.message.ifindex), "")

    @property
    def custom(self) -> dict[str, CustomData]:
        """What the modules collected, by field name; a name that two modules have is preceded by the module's."""
        return self._names.custom.data(self.message.custom) if self._names.custom else {}

    @property
    def stack(self) -> Sequence[str] | None:
        """Frames of the call stack, the innermost first."""
        return self._names.stacks.get(self.message.stack_id)

    def __repr__(self) -> str:
        return f"Hop(function={self.function!r}, time_ns={self.time_ns}, interface={self.interface!r})"


@dataclass(frozen=True, slots=True)
class Journey:
    """The way of one packet through the kernel: an event of a trace."""

    message: PacketJourney
    """The message of the contract, as it came."""
    names: Names

    def hops(self) -> list[Hop]:
        """Its hops, sorted by time."""
        start, names = self.message.start_time_ns, self.names
        return [Hop(hop, start, names) for hop in self.message.hops]

    def end_stack(self) -> Sequence[str] | None:
        """Frames of the call stack that ended the packet, the innermost first."""
        return self.names.stacks.get(self.message.end_stack_id)

    def text(self) -> str:
        """What ``ipftrace`` prints, an empty line at the end included."""
        return _render_text(self.message, self.names)

    def to_json(self) -> dict[str, Any]:
        """The object that ``ipftrace -o jsonl`` writes in one line."""
        return _render_json(self.message, self.names)


def _render_text(journey: PacketJourney, names: Names) -> str:
    changes = any(hop.HasField("flow") for hop in journey.hops)
    columns = [Column("Time Stamp", align_right=True), Column("Function")]
    if names.custom:
        columns.append(Column("Custom Data"))
    if changes:
        columns.append(Column("Changed Flow"))
    header, *table = lay_out(columns, [_row(journey, hop, names, changes=changes) for hop in journey.hops])
    protocol, source, destination = flow_texts(journey.flow if journey.HasField("flow") else None)
    lines = [f"{protocol}\t{source}\t->\t{destination}", header]
    for line, hop in zip(table, journey.hops, strict=True):
        lines += [line, *_stack_lines(hop.stack_id, names)]
    lines += _drop_lines(journey, names)
    return "\n".join(lines) + "\n\n"


def _row(journey: PacketJourney, hop: journey_pb2.Hop, names: Names, *, changes: bool) -> list[str]:
    row = [
        str(journey.start_time_ns + hop.delta_ns),
        printable(hop.function or names.functions.get(hop.function_id, UNKNOWN)),
    ]
    if names.custom:
        row.append(names.custom.text(hop.custom))
    if changes:
        row.append("{} {} -> {}".format(*flow_texts(hop.flow)) if hop.HasField("flow") else "")
    return row


def _stack_lines(stack_id: int, names: Names) -> list[str]:
    return [f"    {printable(frame)}" for frame in names.stacks.get(stack_id, ())]


def _drop_lines(journey: PacketJourney, names: Names) -> list[str]:
    """Why and where a packet was dropped; only above a call stack, since the original did not tell."""
    stack = _stack_lines(journey.end_stack_id, names)
    if not stack or not journey.HasField("drop_reason"):
        return []
    reason = journey.drop_reason
    where = printable(reason.location or UNKNOWN)
    return [f"dropped: {printable(reason.name or str(reason.code))} at {where}", *stack]


def _render_json(journey: PacketJourney, names: Names) -> dict[str, Any]:
    process, reason = journey.process, journey.drop_reason
    return _present(
        journeyId=str(journey.journey_id),
        startTimeNs=str(journey.start_time_ns),
        durationNs=str(journey.duration_ns),
        flow=_flow_json(journey.flow) if journey.HasField("flow") else None,
        process={"pid": process.pid, "tid": process.tid, "comm": process.comm} if journey.HasField("process") else None,
        endReason=enum_name(journey_pb2.EndReason.DESCRIPTOR, journey.end_reason, "END_REASON_"),
        dropReason={
            "code": reason.code,
            "name": reason.name,
            "subsystem": reason.subsystem,
            "location": reason.location,
        }
        if journey.HasField("drop_reason")
        else None,
        endStack=names.stacks.get(journey.end_stack_id),
        completeness=enum_name(journey_pb2.Completeness.DESCRIPTOR, journey.completeness, "COMPLETENESS_"),
        lostHops=journey.lost_hops,
        links=[
            {
                "journeyId": str(link.journey_id),
                "role": enum_name(journey_pb2.LinkRole.DESCRIPTOR, link.role, "LINK_ROLE_"),
                "kind": enum_name(journey_pb2.LinkKind.DESCRIPTOR, link.kind, "LINK_KIND_"),
            }
            for link in journey.links
        ],
        hops=[_hop_json(hop, names) for hop in journey.hops],
    )


def _hop_json(hop: journey_pb2.Hop, names: Names) -> dict[str, Any]:
    return _present(
        function=hop.function or names.functions.get(hop.function_id, ""),
        deltaNs=str(hop.delta_ns),
        cpu=hop.cpu,
        interface=names.interfaces.get((hop.netns, hop.ifindex), ""),
        ifindex=hop.ifindex,
        netns=hop.netns,
        length=hop.length,
        flow=_flow_json(hop.flow) if hop.HasField("flow") else None,
        custom=names.custom.json(hop.custom) if names.custom else None,
        stack=names.stacks.get(hop.stack_id),
    )


def _flow_json(flow: Flow) -> dict[str, Any]:
    return _present(
        l3Protocol=flow.l3_protocol,
        l4Protocol=flow.l4_protocol,
        source=address_text(flow.source),
        destination=address_text(flow.destination),
        sourcePort=flow.source_port,
        destinationPort=flow.destination_port,
        icmp={"type": flow.icmp.type, "code": flow.icmp.code} if flow.HasField("icmp") else None,
        laterFragment=flow.later_fragment,
    )


def _present(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """Without what is not there."""
    return {name: value for name, value in fields.items() if value is not None}
