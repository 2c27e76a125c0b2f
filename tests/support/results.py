"""Results of both APIs as texts, which are equal if the results are."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from openai_agents_session import LockHolder, SessionInfo, SessionPage

_ANY_TIME = datetime(2000, 1, 1, tzinfo=timezone.utc)


async def finish(result: Any) -> Any:
    """Await what is awaitable, and read what can only be iterated over."""
    if inspect.isawaitable(result):
        return await result
    if inspect.isasyncgen(result):
        return sorted([each async for each in result], key=repr)
    if inspect.isgenerator(result):
        return sorted(result, key=repr)  # sessions are listed in no order
    return result


def shown(name: str, result: Any) -> str:
    """Show a result so that equal texts mean equal values of equal types."""
    if name in {"fork", "lock", "session", "turn", "user"}:
        return type(result).__name__
    if name == "stats":  # how many bytes the server allots for the same list is up to chance
        left = hours(result.expires_in)
        return repr(replace(result, bytes=min(result.bytes, 1), expires_in=left))
    if name == "page" and isinstance(result, SessionPage):
        return f"{shown('sessions', result.sessions)} {result.next_cursor is not None}"
    if name == "sessions":
        return repr([timeless(each) for each in result])
    if name == "lock_holder" and isinstance(result, LockHolder):
        return f"a holder, for a while: {result.expires_in is not None}"
    return repr(hours(result) if name == "expires_in" else result)


def timeless(found: SessionInfo) -> SessionInfo:
    """Take out of a conversation's description what time decides."""
    left = hours(found.expires_in)
    return replace(found, created_at=_ANY_TIME, updated_at=_ANY_TIME, expires_in=left)


def hours(seconds: int | None) -> int | None:
    return None if seconds is None else round(seconds / 3600)


def neutral(text: str) -> str:
    """Take the names of classes that differ by design out of a text."""
    return re.sub(r"\b(?:Sync|Async)(?=[A-Z])", "", text)
