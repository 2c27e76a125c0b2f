"""What a stored session amounts to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionStats:
    """What a stored session amounts to.

    Attributes:
        count: Stored items.
        bytes: Memory that Redis uses for them; where it does not tell, the size of their JSON.
        expires_in: Seconds until the session expires if it stays idle, or None where it does not.
    """

    count: int
    bytes: int
    expires_in: int | None
