"""The sessions and managers under their documented path, `openai_agents_session.redis`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai_agents_session

if TYPE_CHECKING:
    from . import (
        DEFAULT_KEY_PREFIX,
        LockHolder,
        RedisSession,
        RedisSessionManager,
        SessionInfo,
        SessionPage,
        SessionStats,
        SyncRedisSession,
        SyncRedisSessionManager,
        SyncTurn,
        SyncUserSessions,
        ThreadedSession,
        Turn,
        TurnBusyError,
        TurnConflictError,
        UserSessions,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(openai_agents_session, name)


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
