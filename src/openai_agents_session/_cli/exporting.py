"""The command `export`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from .failures import Failed, WrongUsage
from .options import IDS_HELP
from .output import note
from .output_file import whole_file
from .program import examples
from .progress import progress

if TYPE_CHECKING:
    from .export_writers import Writer
    from .store import Store

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help=IDS_HELP)]
All = Annotated[bool, typer.Option("--all", help="Export all conversations.")]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write this file, or leave it as it was."),
]
Html = Annotated[bool, typer.Option("--html", help="Write an HTML page, for people to read.")]


def export(
    context: typer.Context,
    session_ids: Ids = None,
    every: All = False,
    output: Output = None,
    html: Html = False,
) -> None:
    """Export conversations for `import`, or as an HTML page.

    What `import` reads is JSON Lines: one object per line.
    """
    from .export import Export
    from .exported import all_sessions, chosen_sessions

    if session_ids and every:
        raise WrongUsage("name the conversations to export, or pass --all, not both")
    if not session_ids and not every:
        raise WrongUsage("name the conversations to export, or pass --all")
    store: Store = context.obj
    ids = dict.fromkeys(session_ids or ())
    found = all_sessions(store) if every else chosen_sessions(store, ids)
    with _opened(output) as (file, step):
        written = Export(_writer(file, html), step, store.where)
        whole = written.write(found)
        if whole and not written.sessions:
            note(str(store.nothing()))
        if (written.missing and _is_replaced(output)) or (
            not written.sessions and _holds_something(output)
        ):
            raise Failed(f"{output}: nothing was written to it, for the reasons above")
    if not whole:
        raise typer.Exit(1)


def _writer(file: BinaryIO, html: bool) -> "Writer":
    from .export_writers import LinesWriter, PageWriter

    return PageWriter(file) if html else LinesWriter(file)


def _is_replaced(output: str | None) -> bool:
    """Return whether the output is a file, which may hold an earlier export."""
    path = Path(str(output))
    return output not in {None, "-"} and (path.is_file() or not path.exists())


def _holds_something(output: str | None) -> bool:
    """Return whether the output is a file that an export of nothing must not replace."""
    path = Path(str(output))
    return output not in {None, "-"} and path.is_file() and path.stat().st_size > 0


@contextmanager
def _opened(output: str | None) -> Iterator[tuple[BinaryIO, Callable[[int], None]]]:
    """Open what is written to, with the progress if the terminal is free for it."""
    if output in {None, "-"}:
        yield sys.stdout.buffer, lambda _: None
        return
    path = Path(str(output))
    try:
        with whole_file(path) as file, progress("Exporting") as step:
            yield file, step
    except OSError as error:
        raise Failed(f"{path}: {error.strerror}") from error


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    calls = ("export user-123 > user-123.jsonl", "export --all --html -o conversations.html")
    app.command("export", epilog=examples(*calls))(export)
