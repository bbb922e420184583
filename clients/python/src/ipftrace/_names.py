"""What the numbers in a trace's journeys stand for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ipftrace._custom import CustomReader
from ipftrace.v1.trace_service_pb2 import Dictionary, InterfaceEntry, TraceStarted


@dataclass(frozen=True, slots=True)
class Names:
    """The dictionary of one trace.

    Interfaces are those of one moment, because they may be renamed; all other entries stay what they are.
    """

    functions: Mapping[int, str] = field(default_factory=dict)
    interfaces: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """By network namespace and index."""
    stacks: dict[int, Sequence[str]] = field(default_factory=dict)
    custom: CustomReader | None = None
    """None when no module adds anything."""

    @staticmethod
    def of(started: TraceStarted) -> "Names":
        """What a trace tells of itself when it starts."""
        return Names(
            functions={entry.function_id: entry.name for entry in started.functions},
            interfaces=_interface_names(started.interfaces),
            custom=CustomReader(started.schemas) if started.schemas else None,
        )

    def having(self, dictionary: Dictionary) -> "Names":
        """With what came later."""
        self.stacks.update((entry.stack_id, list(entry.frames)) for entry in dictionary.stacks)
        if not dictionary.interfaces:
            return self
        return replace(self, interfaces={**self.interfaces, **_interface_names(dictionary.interfaces)})


def _interface_names(entries: Iterable[InterfaceEntry]) -> dict[tuple[int, int], str]:
    return {(entry.netns, entry.ifindex): entry.name for entry in entries}
