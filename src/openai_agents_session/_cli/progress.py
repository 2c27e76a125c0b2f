"""How far a long command has come, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .tables import console


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar while the block runs; it is passed a function that adds to it.

    Nothing is shown unless stdout and stderr are terminals.
    """
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps: bar.advance(task, steps)
