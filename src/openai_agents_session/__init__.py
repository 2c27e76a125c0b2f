"""Conversation memory for the OpenAI Agents SDK on Redis, for callers that await or block."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._async.manager import RedisSessionManager
    from ._async.session import RedisSession
    from ._async.turn import Turn
    from ._async.user_sessions import UserSessions
    from ._errors import TurnBusyError, TurnConflictError
    from ._keys import DEFAULT_KEY_PREFIX
    from ._lock_holder import LockHolder
    from ._sdk.threaded import ThreadedSession
    from ._session_pages import SessionInfo, SessionPage
    from ._stats import SessionStats
    from ._sync.manager import SyncRedisSessionManager
    from ._sync.session import SyncRedisSession
    from ._sync.turn import SyncTurn
    from ._sync.user_sessions import SyncUserSessions
else:
    # Imported on first use: the blocking API must not pay for the Agents SDK.
    _HOMES = {
        "DEFAULT_KEY_PREFIX": "._keys",
        "LockHolder": "._lock_holder",
        "RedisSession": "._async.session",
        "RedisSessionManager": "._async.manager",
        "SessionInfo": "._session_pages",
        "SessionPage": "._session_pages",
        "SessionStats": "._stats",
        "SyncRedisSession": "._sync.session",
        "SyncRedisSessionManager": "._sync.manager",
        "SyncTurn": "._sync.turn",
        "SyncUserSessions": "._sync.user_sessions",
        "ThreadedSession": "._sdk.threaded",
        "Turn": "._async.turn",
        "TurnBusyError": "._errors",
        "TurnConflictError": "._errors",
        "UserSessions": "._async.user_sessions",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "DEFAULT_KEY_PREFIX",
    "LockHolder",
    "RedisSession",
    "RedisSessionManager",
    "SessionInfo",
    "SessionPage",
    "SessionStats",
    "SyncRedisSession",
    "SyncRedisSessionManager",
    "SyncTurn",
    "SyncUserSessions",
    "ThreadedSession",
    "Turn",
    "TurnBusyError",
    "TurnConflictError",
    "UserSessions",
]
