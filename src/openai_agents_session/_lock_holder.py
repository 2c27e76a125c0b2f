"""Who holds the lock of a conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass

# `AsyncLease` makes these.
_TURN = r"(?s)turn:(.*):(\d+):[0-9a-f]{32}(:void)?"


@dataclass(frozen=True)
class LockHolder:
    """Who holds the lock of a conversation.

    Attributes:
        token: The value that is stored in the lock.
        expires_in: Seconds until the lock is freed, or None if it never is.
        host: The host on which a turn runs, or None for a `lock()`.
        pid: The process in which it runs, or None for a `lock()`.
    """

    __module__ = "openai_agents_session"

    token: str
    expires_in: float | None
    host: str | None = None
    pid: int | None = None

    @classmethod
    def read(cls, token: bytes, milliseconds: int) -> LockHolder:
        """Return who has stored this value in a lock that expires."""
        text = token.decode("utf-8", "surrogateescape")
        seconds = milliseconds / 1000 if milliseconds >= 0 else None
        turn = re.fullmatch(_TURN, text)
        return cls(text, seconds, turn[1], int(turn[2])) if turn else cls(text, seconds)
