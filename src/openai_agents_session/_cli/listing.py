"""The commands `list` and `stats`."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from .options import AsJson
from .output import print_json
from .program import examples
from .store import Store
from .tables import Column, print_table

Glob = Annotated[str | None, typer.Argument(metavar="GLOB", help="Which ids, such as 'user-*'.")]


def list_sessions(context: typer.Context, glob: Glob = None, as_json: AsJson = False) -> None:
    """List the conversations: how many items they hold, their size, and their lifetime."""
    store: Store = context.obj
    if as_json:
        for row in _rows(store, glob):
            print_json(row)
        return
    print_table([Column("session_id")], ([row["session_id"]] for row in _rows(store, glob)))


def _rows(store: Store, glob: str | None) -> Iterator[dict[str, Any]]:
    for session_id in store.manager.session_ids(glob):
        stats = store.stats(session_id)
        yield {
            "session_id": session_id,
            "count": stats.count,
            "bytes": stats.bytes,
            "expires_in": stats.expires_in,
        }


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("list", epilog=examples("list", "list 'user-*' --json"))(list_sessions)
