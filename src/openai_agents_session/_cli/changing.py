"""The commands `rewind`, `fork`, `rename` and `adopt`."""

from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .asking import ask
from .element_pages import ChangedWhileReadError, stored_pages
from .elements import print_stored
from .failures import Failed
from .options import AsJson, SessionId, SessionIds, Yes, whole_number
from .output import note, print_json, print_line
from .program import examples
from .rewound import as_stored
from .wording import counted

if TYPE_CHECKING:
    from openai_agents_session import SyncRedisSession

    from .store import Store

Turns = Annotated[
    int, typer.Option(parser=whole_number("--turns", 1), metavar="N", help="How many turns.")
]
NewId = Annotated[str, typer.Argument(metavar="NEW", help="The id of the copy.")]
Title = Annotated[str, typer.Argument(metavar="TITLE", help="The title; '' removes it.")]


def rewind(
    context: typer.Context,
    session_id: SessionId,
    turns: Turns = 1,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take the last turns out of a conversation. With --json, print their items.

    A turn begins at a user message; several user messages in a row begin one turn. The items are
    printed as they were stored.
    """
    store: Store = context.obj
    session, found = store.session(session_id), store.needed_stats(session_id)
    ask(
        f"Take the last {counted(turns, 'turn')} out of '{session_id}', "
        f"which holds {counted(found.count, 'item')}?",
        yes=yes,
    )
    before = _read(session) if as_json else []
    items = session.rewind(turns)
    if as_json:
        _print_taken(before, items, session_id)
    else:
        print_line(f"took {counted(len(items), 'item')} out of '{session_id}'")


def _read(session: "SyncRedisSession") -> list[bytes]:
    try:
        return list(chain.from_iterable(stored_pages(session)))
    except ChangedWhileReadError:
        raise Failed(
            f"items of '{session.session_id}' were removed while it was read; nothing was taken "
            "out; run this again"
        ) from None


def _print_taken(before: list[bytes], items: list[Any], session_id: str) -> None:
    elements, added = as_stored(before, items)
    left_out = print_stored(elements)
    for item in added:
        print_json(item)
    if left_out:
        note(f"left out {counted(left_out, 'element')} of '{session_id}': not JSON objects")
    if added:
        note(
            f"'{session_id}' was changed at the same time; the metadata of the last "
            f"{counted(len(added), 'item')} may be missing"
        )


def fork(context: typer.Context, session_id: SessionId, new_id: NewId) -> None:
    """Copy a conversation to an id that does not exist yet. The copy expires when it does."""
    store: Store = context.obj
    found = store.needed_stats(session_id)
    store.session(new_id)  # refuse a bad id
    ttl = None if found.expires_in is None else max(found.expires_in, 1)
    try:
        store.session(session_id, ttl=ttl).fork(new_id)
    except ValueError as error:
        raise Failed(f"'{new_id}' exists; choose another id, or delete it") from error
    print_line(f"copied '{session_id}' to '{new_id}'")


def rename(context: typer.Context, session_id: SessionId, title: Title) -> None:
    """Change the title of a conversation of the user that --user names."""
    store: Store = context.obj
    user = store.needed_user("rename")
    store.session(session_id)  # refuse a bad id
    if not user.update(session_id, title=title):
        raise store.no_such(session_id)
    print_line(f"renamed '{session_id}'" if title else f"removed the title of '{session_id}'")


def adopt(context: typer.Context, session_ids: SessionIds) -> None:
    """Give conversations of no user to the user that --user names."""
    store: Store = context.obj
    user = store.needed_user("adopt")
    for session_id in session_ids:
        store.session(session_id)  # refuse a bad id before anything is done
    failed = False
    for session_id in session_ids:
        try:
            adopted = user.adopt(session_id)
        except ValueError as error:
            note(str(error))
            failed = True
            continue
        if adopted:
            print_line(f"'{session_id}' belongs to user '{store.user_id}'")
        else:
            note(f"there is no conversation '{session_id}' {store.where}")
            failed = True
    if failed:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    rewinding = ("rewind user-123", "rewind user-123 --turns 3 --yes --json > removed.jsonl")
    app.command("rewind", epilog=examples(*rewinding))(rewind)
    app.command("fork", epilog=examples("fork user-123 user-123-copy"))(fork)
    app.command(
        "rename",
        epilog=examples("--prefix session --user alice rename holiday 'Two weeks in Rome'"),
    )(rename)
    app.command(
        "adopt", epilog=examples("--prefix session --user alice adopt old-chat older-chat")
    )(adopt)
