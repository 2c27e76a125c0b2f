"""Which turns the running code is inside of, so that one that waits for itself can be told."""

from __future__ import annotations

from contextvars import ContextVar

_NOTHING: frozenset[bytes] = frozenset()

_entered: ContextVar[frozenset[bytes]] = ContextVar("openai_agents_session_turns")

# A turn may be left in another context than it was entered in, where `ContextVar.reset` fails.
_open: set[bytes] = set()


def enter(token: bytes) -> None:
    """Note that this task or thread, and all that it starts, is inside a turn."""
    _open.add(token)
    _entered.set(_entered.get(_NOTHING) & _open | {token})


def leave(token: bytes) -> None:
    """Forget a turn, in whichever context it began."""
    _open.discard(token)


def is_inside(token: bytes) -> bool:
    """Return whether the running code is inside the turn with this token."""
    return token in _open and token in _entered.get(_NOTHING)
