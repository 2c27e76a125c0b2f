"""Tables, for the terminal and for the documentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A header and rows. The first columns are text, the others are numbers."""

    title: str
    head: list[str]
    rows: list[list[str]]
    texts: int = 1

    def plain(self) -> str:
        """Align the columns with spaces."""
        lines = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join([self.title, *(self._aligned(line, widths) for line in lines)])

    def markdown(self) -> str:
        marks = ["---"] * self.texts + ["--:"] * (len(self.head) - self.texts)
        return "\n".join(f"| {' | '.join(cells)} |" for cells in [self.head, marks, *self.rows])

    def _aligned(self, cells: list[str], widths: list[int]) -> str:
        padded = [
            cell.ljust(width) if place < self.texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(padded).rstrip()


def microseconds(value: float) -> str:
    return f"{value:,.0f}"


def times(value: float) -> str:
    return f"{value:.2f}x"


def size(value: float) -> str:
    """Format bytes in a suitable unit."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= factor:
            return f"{value / factor:,.1f} {unit}"
    return f"{value:,.0f} B"
