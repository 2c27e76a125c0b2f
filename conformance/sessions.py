"""The sessions that a test opens."""

from __future__ import annotations

from contextlib import suppress
from inspect import isawaitable
from typing import TYPE_CHECKING
from uuid import uuid4

from .factory import make_session

if TYPE_CHECKING:
    from agents.memory import Session

    from .factory import Factory


def new_id() -> str:
    """Return an id that no other session has."""
    return f"conformance-{uuid4().hex}"


class Sessions:
    """Makes sessions, and leaves nothing behind."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._opened: list[Session] = []

    async def open(self, session_id: str | None = None) -> Session:
        """Return a new object for the session with this id, or with a new one."""
        session = await make_session(self._factory, session_id or new_id())
        self._opened.append(session)
        return session

    async def close(self) -> None:
        """Clear every session, and close those that can be closed.

        Errors are ignored: whether a session can be cleared is a requirement of its own test.
        """
        for session in self._opened:
            with suppress(Exception):
                await session.clear_session()
        for session in self._opened:
            close = getattr(session, "close", None)
            with suppress(Exception):
                closing = close() if callable(close) else None
                if isawaitable(closing):
                    await closing
