"""The commands `rewind`, `fork`, `rename` and `adopt`."""

from typing import TYPE_CHECKING, Annotated

import typer

from .asking import ask
from .failures import Failed
from .options import AsJson, SessionId, SessionIds, Yes
from .output import note, print_json, print_line
from .program import examples
from .wording import counted

if TYPE_CHECKING:
    from .store import Store

Turns = Annotated[int, typer.Option(min=1, metavar="N", help="How many turns.")]
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
    printed as a Runner reads them, without the metadata of a manager's messages.
    """
    store: Store = context.obj
    session, found = store.session(session_id), store.needed_stats(session_id)
    ask(
        f"Take the last {counted(turns, 'turn')} out of '{session_id}', "
        f"which holds {counted(found.count, 'item')}?",
        yes=yes,
    )
    items = session.rewind(turns)
    if not as_json:
        print_line(f"took {counted(len(items), 'item')} out of '{session_id}'")
        return
    for item in items:
        print_json(item)


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
            note(f"there is no conversation '{session_id}' with the prefix '{store.prefix}'")
            failed = True
    if failed:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    rewinding = ("rewind user-123", "rewind user-123 --turns 3 --yes --json > removed.jsonl")
    app.command("rewind", epilog=examples(*rewinding))(rewind)
    app.command("fork", epilog=examples("fork user-123 user-123-copy"))(fork)
    app.command("rename", epilog=examples("--user alice rename holiday 'Two weeks in Rome'"))(
        rename
    )
    app.command("adopt", epilog=examples("--user alice adopt old-chat older-chat"))(adopt)
