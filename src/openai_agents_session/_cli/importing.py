"""The command `import`."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from .failures import Failed
from .options import AsJson
from .program import examples
from .progress import progress

File = Annotated[str, typer.Argument(metavar="FILE", help="An export; - is standard input.")]

_LONGEST_END = 1000
_STEP = 2**16


def import_file(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Import conversations from an export.

    A conversation that exists is continued if its items begin those of the file, and left as it is
    otherwise. So an import that was interrupted can be made again.
    """
    from .export_format import ExportFileError
    from .importer import Importer
    from .report import Report

    report = Report(as_json=as_json)
    name = "standard input" if file == "-" else file
    with _lines(file) as lines:
        try:
            Importer(context.obj, report).run(lines)
        except ExportFileError as error:
            report.end()
            raise Failed(
                f"{name}: {error}; what comes before that was imported; import a whole file again"
            ) from error
    report.end()
    if report.failed:
        raise typer.Exit(1)


@contextmanager
def _lines(name: str) -> Iterator[Iterable[bytes]]:
    """Open a file of lines, and show how much of it was read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as file:
        size = _whole_size(name, file)
        with progress("Importing", size) as step:
            yield _counted(file, step)


def _whole_size(name: str, file: BinaryIO) -> int | None:
    """Return the size of a file, after a look at its last line: before anything is imported."""
    from .export_format import is_end_line

    if not file.seekable():
        return None
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _LONGEST_END, 0))
    end = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    if not is_end_line(end):
        raise Failed(f"{name}: it is not an export, or was cut off; nothing was imported")
    file.seek(0)
    return size


def _counted(lines: Iterable[bytes], step: Callable[[int], None]) -> Iterator[bytes]:
    read = 0
    for line in lines:
        yield line
        read += len(line)
        if read >= _STEP:
            step(read)
            read = 0


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("import", epilog=examples("import conversations.jsonl"))(import_file)
