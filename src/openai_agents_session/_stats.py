"""Statistics of a stored session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionStats:
    """Statistics of a stored session.

    Attributes:
        count: Stored items.
        bytes: Memory that Redis uses for them; if it does not tell, the size of their JSON.
        expires_in: Seconds until the session expires if it stays idle, or None if it does not.
    """

    __module__ = "openai_agents_session"

    count: int
    bytes: int
    expires_in: int | None
