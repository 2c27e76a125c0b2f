"""The shape of a session."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from agents.memory import Session

from .items import expect, messages
from .sessions import new_id

if TYPE_CHECKING:
    from .sessions import Sessions


_METHODS = ("get_items", "add_items", "pop_item", "clear_session")
_NAMES = ("session_id", "session_settings", *_METHODS)


async def test_protocol(session: Session) -> None:
    """A session is an instance of the protocol `agents.memory.Session`."""
    missing = [name for name in _NAMES if not hasattr(session, name)]
    assert not missing, f"the session has no {', '.join(missing)}"
    assert isinstance(session, Session)


async def test_methods_are_awaitable(session: Session) -> None:
    """All four methods are awaitable."""
    calls: dict[str, Any] = {
        "add_items": session.add_items(messages(1)),
        "get_items": session.get_items(),
        "pop_item": session.pop_item(),
        "clear_session": session.clear_session(),
    }
    blocking = [name for name, call in calls.items() if not isawaitable(call)]
    for call in calls.values():
        if isawaitable(call):
            await call
    assert not blocking, f"these are not: {', '.join(blocking)}"


async def test_session_id(sessions: Sessions) -> None:
    """`session_id` is the id that the session was made for."""
    session_id = new_id()
    session = await sessions.open(session_id)
    assert session.session_id == session_id


async def test_names_of_arguments(session: Session) -> None:
    """Arguments are accepted by position and under the names in the protocol."""
    await session.add_items(items=messages(1))
    await session.add_items(messages(1, first=1))
    expect(await session.get_items(limit=1), messages(1, first=1))
    expect(await session.get_items(1), messages(1, first=1))


async def test_new_session_is_empty(session: Session) -> None:
    """A new session holds an empty list."""
    expect(await session.get_items(), [])


async def test_items_are_dicts_in_a_list(session: Session) -> None:
    """Items are returned as dicts in a list, and a popped item is a dict."""
    await session.add_items(messages(2))
    items = await session.get_items()
    assert type(items) is list
    assert all(isinstance(item, dict) for item in items)
    assert isinstance(await session.pop_item(), dict)
