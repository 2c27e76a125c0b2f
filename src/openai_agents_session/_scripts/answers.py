"""What a script answered: for the first time, or from the receipt of a call that was repeated."""

from __future__ import annotations

from typing import Any

from .. import _observer
from .frame import REPEATED


def answer(reply: Any) -> Any:
    """Return the answer in a script's reply; report it if it came from a receipt."""
    if not isinstance(reply, list) or reply[:1] != [REPEATED]:
        return reply
    _observer.count("replays")
    return reply[1] if len(reply) > 1 else None
