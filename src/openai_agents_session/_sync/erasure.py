# Generated from src/openai_agents_session/_async/erasure.py by tools/generate.py; edit that file instead.
"""Erasing all that is stored of a user, in steps that do not hold up the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keys import parts_of_keys, user_pattern
from .._scripts.users import ERASE
from .listing import scan_slot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._keys import UserKeys
    from .delivery import SyncDelivery

_STEP = 100  # conversations that one script erases, in well under a millisecond


def erase(delivery: SyncDelivery, user: UserKeys) -> None:
    """Erase what the index lists, then what it has lost sight of."""
    left = _erase(delivery, user, listed=_STEP)
    for _ in range(left // _STEP + 1):  # others may be adding all the time
        _erase(delivery, user, listed=_STEP)
    for keys in scan_slot(delivery, user.index_key, user_pattern(user)):
        session_ids, receipts = parts_of_keys(user, keys)
        for found in _steps(sorted(session_ids)):
            _erase(delivery, user, session_ids=found)
        for found in _steps(receipts):
            _erase(delivery, user, receipts=found)


def _erase(
    delivery: SyncDelivery,
    user: UserKeys,
    *,
    listed: int = 0,
    session_ids: Sequence[bytes] = (),
    receipts: Sequence[bytes] = (),
) -> int:
    """Erase some conversations; return how many the index still lists."""
    keys, counts = (user.index_key, user.new_receipt()), (listed, len(session_ids))
    return int(delivery.run(ERASE, *keys, *counts, *session_ids, *receipts))


def _steps(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (names[start : start + _STEP] for start in range(0, len(names), _STEP))
