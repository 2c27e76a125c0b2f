"""The commands `show` and `follow`."""

import select
import sys
import time
from collections import deque
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Annotated

import typer

from .element_pages import ChangedWhileReadError, start_of_last, stored_pages
from .elements import print_stored, title_and_text
from .failures import Failed
from .options import AsJson, SessionId, whole_number
from .output import note
from .program import examples
from .tables import print_paragraph
from .wording import counted

if TYPE_CHECKING:
    from openai_agents_session import SyncRedisSession

    from .store import Store

_number = whole_number("--last", 0)
Last = Annotated[
    int | None, typer.Option(parser=_number, metavar="N", help="Only the last N items.")
]
Earlier = Annotated[
    int, typer.Option(parser=_number, metavar="N", help="Begin with the last N items.")
]

_SECONDS = 0.5
_BATCH = 500
_REMEMBERED = 100  # elements by which `follow` finds its place again


def show(
    context: typer.Context, session_id: SessionId, last: Last = None, as_json: AsJson = False
) -> None:
    """Show the items of a conversation, oldest first. With --json, as they are stored."""
    store: Store = context.obj
    session, _ = store.session(session_id), store.needed_stats(session_id)
    left_out = 0
    try:
        start, first = (0, None) if last is None else start_of_last(session, last)
        for page in stored_pages(session, start, first):
            left_out += _print(page, as_json=as_json)
    except ChangedWhileReadError:
        raise Failed(
            f"items of '{session_id}' were removed while it was read; show it again"
        ) from None
    if left_out:
        note(f"left out {counted(left_out, 'element')} of '{session_id}': not JSON objects")


def follow(
    context: typer.Context, session_id: SessionId, last: Earlier = 10, as_json: AsJson = False
) -> None:
    """Show the items of a conversation as they are added, until Ctrl-C."""
    store: Store = context.obj
    session = store.session(session_id)
    start, _ = start_of_last(session, last)
    seen: deque[bytes] = deque(maxlen=_REMEMBERED)
    while True:
        known = list(seen)[-1:]
        elements = session.raw_elements(start - len(known), _BATCH)
        if elements[: len(known)] != known:
            start = _find_again(session, seen, session_id)
            continue
        added = elements[len(known) :]
        _print(added, as_json=as_json)
        sys.stdout.flush()
        seen.extend(added)
        start += len(added)
        if len(elements) < _BATCH:
            _pause()


def _print(elements: Iterable[bytes], *, as_json: bool) -> int:
    """Print elements, and return how many were left out."""
    if as_json:
        return print_stored(elements)
    for element in elements:
        print_paragraph(*title_and_text(element))
    return 0


def _find_again(session: "SyncRedisSession", seen: deque[bytes], session_id: str) -> int:
    """Return where in a conversation that was changed the elements begin that were not shown."""
    start = max(session.count() - 2 * _REMEMBERED, 0)
    stored = session.raw_elements(start, 2 * _REMEMBERED)
    before = list(seen)
    match = SequenceMatcher(None, before, stored, autojunk=False).find_longest_match()
    if match.a + match.size < len(before):
        note(f"'{session_id}': items that were shown above are no longer in the conversation")
    seen.clear()
    seen.extend(stored[: match.b + match.size])
    return start + match.b + match.size


def _pause() -> None:
    """Wait a little. If it is the reader of the pipe who leaves, end."""
    try:
        reader = select.poll()
        reader.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # Windows, or not a file
        time.sleep(_SECONDS)
        return
    if any(event & select.POLLERR for _, event in reader.poll(_SECONDS * 1000)):
        raise BrokenPipeError


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("show", epilog=examples("show user-123", "show user-123 --last 10 --json"))(show)
    app.command("follow", epilog=examples("follow user-123", "follow user-123 --json"))(follow)
