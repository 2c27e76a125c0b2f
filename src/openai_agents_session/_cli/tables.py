"""Tables: lines with tabs in a pipe, a table on a terminal. Both are printed as rows come."""

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

_ROWS = 200  # that are measured together on a terminal


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    right: bool = False


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, whose cells may contain anything."""
    visibly = (tuple(map(visible, row)) for row in rows)
    if on_terminal():
        _print_on_terminal(columns, visibly)
        return
    titles = tuple(column.title for column in columns)
    for row in _headed(titles, visibly):
        print("\t".join(row))


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

    table = Table(box=None, show_header=show_header, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=column.right,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table
