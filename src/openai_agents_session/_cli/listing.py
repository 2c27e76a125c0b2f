"""The commands `list` and `stats`."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .globs import glob_pattern
from .options import ID_HELP, AsJson
from .output import note, on_terminal, print_json
from .program import examples
from .progress import progress
from .store import Store
from .tables import Column, print_table, terminal_width
from .wording import lifetime

if TYPE_CHECKING:
    from openai_agents_session import SessionInfo, SyncUserSessions

Glob = Annotated[str | None, typer.Argument(metavar="GLOB", help="Which ids, such as 'user-*'.")]
SomeId = Annotated[
    str | None,
    typer.Argument(metavar="ID", help=ID_HELP),
]
Row = dict[str, Any]

_NUMBERS = {"sessions", "count", "bytes", "expires_in", "without_expiry"}
_OF_ANY = ("session_id", "count", "bytes", "expires_in")
_OF_A_USER = (*_OF_ANY, "title", "created_at", "updated_at", "metadata")
_OF_A_USER_IN_SHORT = ("session_id", "count", "expires_in", "updated_at", "title")
_WIDE = 160  # characters that show all that is known of a user's conversation
_CUT = {"title", "metadata"}
_TOTALS = ("sessions", "count", "bytes", "without_expiry")


def list_sessions(context: typer.Context, glob: Glob = None, as_json: AsJson = False) -> None:
    """List conversations, with their sizes and lifetimes.

    Sizes are the number of items and the bytes in Redis. In a pipe and with --json, a lifetime is
    the seconds that are left. With --user, those of the user, the last changed first, with title,
    metadata and times: a narrow terminal shows less of them.
    """
    store: Store = context.obj
    names = _OF_ANY if store.user is None else _names_of_a_user()
    _print(names, _rows(store, glob), as_json=as_json)
    _note_empty_user(store)


def stats(context: typer.Context, session_id: SomeId = None, as_json: AsJson = False) -> None:
    """Show the size and lifetime of a conversation, or totals of all."""
    store: Store = context.obj
    if session_id is None:
        _print(_TOTALS, [_totals(store)], as_json=as_json)
        _note_empty_user(store)
        return
    found = store.needed_stats(session_id)
    row = {"session_id": session_id, "count": found.count, "bytes": found.bytes}
    _print(_OF_ANY, [{**row, "expires_in": found.expires_in}], as_json=as_json)


def _names_of_a_user() -> tuple[str, ...]:
    return _OF_A_USER_IN_SHORT if on_terminal() and terminal_width() < _WIDE else _OF_A_USER


def _note_empty_user(store: Store) -> None:
    if store.user is not None and not store.user.count():
        note(str(store.nothing()))


def _rows(store: Store, glob: str | None) -> Iterator[Row]:
    from .many_stats import in_pages, stats_of

    if store.user is not None:
        for infos in in_pages(_infos(store.user, glob)):
            sizes = stats_of(store, [info.session_id for info in infos])
            for info, size in zip(infos, sizes, strict=True):
                yield _row_of_user(info, size.bytes)
        return
    for page in in_pages(store.manager.session_ids(glob)):
        for session_id, found in zip(page, stats_of(store, page), strict=True):
            if found.count:  # it may have expired since
                row = {"session_id": session_id, "count": found.count, "bytes": found.bytes}
                yield {**row, "expires_in": found.expires_in}


def _infos(user: "SyncUserSessions", glob: str | None) -> Iterator["SessionInfo"]:
    pattern = glob_pattern("*" if glob is None else glob)
    return (info for info in user.sessions() if pattern.match(info.session_id))


def _row_of_user(info: "SessionInfo", size: int) -> Row:
    return {
        "session_id": info.session_id,
        "count": info.count,
        "bytes": size,
        "expires_in": info.expires_in,
        "title": info.title,
        "metadata": info.metadata,
        "created_at": info.created_at.isoformat(),
        "updated_at": info.updated_at.isoformat(),
    }


def _totals(store: Store) -> Row:
    total = dict.fromkeys(_TOTALS, 0)
    with progress("conversations") as advance:
        for row in _rows(store, None):
            total["sessions"] += 1
            total["count"] += row["count"]
            total["bytes"] += row["bytes"]
            total["without_expiry"] += row["expires_in"] is None
            advance(1)
    return total


def _print(names: Iterable[str], rows: Iterable[Row], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json(row)
        return
    columns = [Column(name, right=name in _NUMBERS, cut=name in _CUT) for name in names]
    print_table(columns, ([_cell(column.title, row) for column in columns] for row in rows))


def _cell(name: str, row: Row) -> str:
    value = row[name]
    if name == "expires_in" and on_terminal():
        return lifetime(value)
    if name.endswith("_at"):
        return str(value[:16].replace("T", " ")) if on_terminal() else str(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else "-"
    return "-" if value is None else str(value)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    listed = ("list", "list 'user-*' --json", "--prefix session --user alice list")
    app.command("list", epilog=examples(*listed))(list_sessions)
    app.command("stats", epilog=examples("stats", "stats user-123 --json"))(stats)
