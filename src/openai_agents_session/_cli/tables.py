"""Tables: lines with tabs in a pipe, a table on a terminal. Both are printed as rows come."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from .output import on_terminal, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_LEAST = 8  # characters of a cell that is cut
_ROWS = 200  # that are measured together on a terminal


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: What stands above it.
        right: Whether it is flush right, as numbers are.
        cut: Whether a terminal that is too narrow shows only the beginning of its cells.
    """

    title: str
    right: bool = False
    cut: bool = False


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, whose cells may contain anything."""
    visibly = (tuple(map(visible, row)) for row in rows)
    if on_terminal():
        _print_on_terminal(columns, visibly)
        return
    titles = tuple(column.title for column in columns)
    for row in _headed(titles, visibly):
        print("\t".join(row))


def terminal_width() -> int:
    """Return the number of characters in a line of the terminal."""
    return shutil.get_terminal_size().columns


def print_paragraph(title: str, text: str) -> None:
    """Print a title, and a text of several lines that is indented, so that it cannot be a title."""
    lines = [visible(line) for line in text.replace("\r\n", "\n").split("\n")]
    if not on_terminal():
        print(visible(title), *(f"    {line}" for line in lines), sep="\n")
        return
    from rich.padding import Padding
    from rich.text import Text

    screen = console(sys.stdout)
    screen.print(Text(visible(title), style="bold cyan"))
    screen.print(Padding(Text("\n".join(lines)), (0, 0, 0, 4), expand=False))


def _headed(titles: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield the titles and the rows; nothing if the first row fails."""
    first = list(islice(rows, 1))
    yield titles
    yield from first
    yield from rows


def _print_on_terminal(columns: Sequence[Column], rows: Iterator[tuple[str, ...]]) -> None:
    screen = console(sys.stdout)
    first = True
    while (page := list(islice(rows, _ROWS))) or first:
        screen.print(_table(columns, page, show_header=first))
        first = False


@lru_cache(2)
def console(stream: TextIO) -> "Console":
    """Return the console of a stream, which takes nothing that is printed for markup."""
    from rich.console import Console

    return Console(file=stream, markup=False, emoji=False, highlight=False)


def _table(
    columns: Sequence[Column], rows: Iterable[Sequence[str]], *, show_header: bool
) -> "Table":
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    roomy = _fits(columns, rows)
    table = Table(box=None, show_header=show_header, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=column.right or (roomy and not column.cut),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(_cell, columns, row))
    return table


def _cell(column: Column, text: str) -> "Text":
    from rich.text import Text

    return Text(text, no_wrap=True, overflow="ellipsis") if column.cut else Text(text)


def _fits(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a line has room for all cells that are not to be cut."""
    from rich.cells import cell_len

    width = 0
    for number, column in enumerate(columns):
        cells = [column.title, *(row[number] for row in rows if not column.cut)]
        width += 1 + max(_LEAST if column.cut else 0, *map(cell_len, cells))
    return width <= terminal_width()
