"""Which turns the running code is inside of.

So that one that waits for itself can be told, and what is added beside the turn.
"""

from __future__ import annotations

from contextvars import ContextVar

_NOTHING: frozenset[bytes] = frozenset()

_entered: ContextVar[frozenset[bytes]] = ContextVar("openai_agents_session_turns")

# A turn may be left in another context than it was entered in, where `ContextVar.reset` fails.
# The values are the client and the key of the conversation, or empty if nobody wants to know.
_open: dict[bytes, list[object]] = {}


def enter(token: bytes, client: object, key: bytes) -> None:
    """Note that this task or thread, and all that it starts, is inside a turn."""
    _open[token] = [client, key]
    _entered.set(_entered.get(_NOTHING) & _open.keys() | {token})


def leave(token: bytes) -> None:
    """Forget a turn, in whichever context it began."""
    _open.pop(token, None)


def expect_nothing(token: bytes) -> None:
    """Note that a turn was rolled back: nobody expects it to store what is added."""
    _open.get(token, []).clear()


def is_inside(token: bytes) -> bool:
    """Return whether the running code is inside the turn with this token."""
    return token in _open and token in _entered.get(_NOTHING)


def bypasses_turn(client: object, key: bytes) -> bool:
    """Return whether the running code is inside a turn of a conversation; True once per turn."""
    for token in _entered.get(_NOTHING):
        place = _open.get(token)
        if place == [client, key]:
            place.clear()
            return True
    return False
