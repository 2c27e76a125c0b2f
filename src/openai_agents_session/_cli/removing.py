"""The commands `delete`, `erase` and `unlock`."""

from typing import TYPE_CHECKING

import typer

from .asking import ask
from .failures import Failed
from .options import SessionId, SessionIds, Yes
from .output import note, print_line
from .program import examples
from .wording import counted, lifetime

if TYPE_CHECKING:
    from openai_agents_session import LockHolder

    from .store import Store

_NAMED = 5  # conversations that a question names


def delete(context: typer.Context, session_ids: SessionIds, yes: Yes = False) -> None:
    """Delete conversations."""
    store: Store = context.obj
    sizes = {session_id: store.stats(session_id).count for session_id in session_ids}
    held = {session_id: count for session_id, count in sizes.items() if count}
    if held:
        total = counted(sum(held.values()), "item")
        ask(f"Delete {_named(list(held))} with {total}?", yes=yes)
    for session_id, count in held.items():
        if store.user is None:
            store.session(session_id).clear_session()
        else:
            store.user.delete(session_id)
        print_line(f"deleted '{session_id}': {counted(count, 'item')}")
    for session_id in sizes.keys() - held:
        note(str(store.no_such(session_id)))
    if len(held) < len(sizes):
        raise typer.Exit(1)


def erase(context: typer.Context, yes: Yes = False) -> None:
    """Erase everything that is stored of the user that --user names."""
    store: Store = context.obj
    user = store.needed_user("erase")
    count = user.count()
    if not count and store.holds_nothing_of_user():
        raise store.nothing()
    if not count:  # receipts of the last two minutes, perhaps, or what the list has lost sight of
        ask(f"Erase what is left of user '{store.user_id}', of whom nothing is listed?", yes=yes)
        user.erase()
        print_line(f"erased what was left of user '{store.user_id}', of whom nothing was listed")
        return
    number = counted(count, "conversation")
    ask(f"Erase everything that is stored of user '{store.user_id}', {number}?", yes=yes)
    user.erase()
    print_line(f"erased user '{store.user_id}': {number}")


def unlock(context: typer.Context, session_id: SessionId, yes: Yes = False) -> None:
    """Free the lock of a conversation whose holder is gone.

    A lease ends by itself: the lease of a killed process after 30 seconds, unless it was given
    another length. A turn that still runs stores its items nevertheless, unless another one begins.
    """
    store: Store = context.obj
    session = store.session(session_id)
    holder = session.lock_holder()
    if holder is None:
        print_line(f"'{session_id}' is not locked")
        return
    print_line(f"'{session_id}' is held by {_who(holder)}, {_how_long(holder)}")
    ask(f"Free '{session_id}'?", yes=yes)
    if not session.break_lock(holder):
        raise Failed(f"'{session_id}' was not freed: somebody else holds its lock by now")
    print_line(f"freed '{session_id}'")


def _named(session_ids: list[str]) -> str:
    named = ", ".join(f"'{session_id}'" for session_id in session_ids[:_NAMED])
    more = len(session_ids) - _NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _who(holder: "LockHolder") -> str:
    if holder.host is None:
        return "a lock()"
    return f"a turn of process {holder.pid} on {holder.host}"


def _how_long(holder: "LockHolder") -> str:
    if holder.expires_in is None:
        return "forever"
    return f"for another {lifetime(max(round(holder.expires_in), 1))} unless it is renewed"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("delete", epilog=examples("delete user-123", "delete a b c --yes"))(delete)
    app.command("erase", epilog=examples("--prefix session --user alice erase"))(erase)
    app.command("unlock", epilog=examples("unlock user-123"))(unlock)
