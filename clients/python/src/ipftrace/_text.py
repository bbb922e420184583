"""Text from servers and packets, and plain tables."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HEADER_PADDING: Final = 2


def printable(text: str) -> str:
    r"""Without control characters, which could move the cursor or fake a line: they become \xNN."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    header: str
    align_right: bool = False


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of headers and rows: two blanks between columns, which are two wider than their headers at least."""
    lines = [[column.header for column in columns], *rows]
    widths = [
        max(len(column.header) + _HEADER_PADDING, *(len(line[index]) for line in lines))
        for index, column in enumerate(columns)
    ]
    return [
        "  ".join(
            cell.rjust(width) if column.align_right else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        ).rstrip(" ")
        for line in lines
    ]
