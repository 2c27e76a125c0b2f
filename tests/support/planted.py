"""Faults planted in the package's scripts, to prove that a test finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .internals import give_up_at_once, plant

if TYPE_CHECKING:
    import pytest

# KEYS: history, receipt. ARGV: seconds to live, then the items.
_ADD_WITHOUT_RECEIPT = "redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))"

_UNDO_WITHOUT_CHECK = """
local known = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[2], 'undone', 'EX', 120)
if not known or known == 'undone' then return end
local position, element = string.match(known, '^(%d+):(.*)$$')
local items = redis.call('LRANGE', KEYS[1], 0, -1)
table.insert(items, math.min(position, #items) + 1, element)
redis.call('DEL', KEYS[1])
redis.call('RPUSH', KEYS[1], unpack(items))
"""


def plant_add_without_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    """An add that is sent again happens again."""
    plant(monkeypatch, "stored_list", "ADD", _ADD_WITHOUT_RECEIPT)


def plant_undo_without_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled pop puts its item back, whatever happened since."""
    plant(monkeypatch, "pop", "UNDO_POP", _UNDO_WITHOUT_CHECK)


def let_calls_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is sent twice, no more often."""
    give_up_at_once(monkeypatch)
