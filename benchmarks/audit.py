"""The counts after the faults: the calls that were made, compared with the stored items."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from benchmarks.peers import Items

Value: TypeAlias = int | float | list[str]
Counts: TypeAlias = dict[str, Value]

TWICE = "stored twice"
LOST = "lost, although the call returned"
RAISED = "error, although stored"
REFUSED = "error, and not stored"
PARTIAL = "batches stored in part or torn apart"
IMMORTAL = "keys left without a TTL"
SILENT = "items lost without an error"
LOUD = "items lost with an error"
LEFT = "error, and nothing lost"
BOTH = "items returned and still there"

_SIZE = 3


async def raises(call: Awaitable[object]) -> bool:
    """Return whether a call fails."""
    try:
        await call
    except Exception:  # noqa: BLE001 - to a caller, any exception is a failure
        return True
    return False


def batch(number: int, size: int = _SIZE) -> Items:
    """Make numbered items, so that a missing or misplaced one can be detected."""
    return [{"role": "user", "content": "Hello", "batch": number, "n": n} for n in range(size)]


class Adds:
    """The outcome of each numbered add, to be compared with the stored items."""

    def __init__(self) -> None:
        self._returned: list[int] = []
        self._raised: list[int] = []

    async def note(self, number: int, call: Awaitable[None]) -> None:
        """Make a call, and record whether it failed."""
        (self._raised if await raises(call) else self._returned).append(number)

    def counts(self, stored: Items, size: int = _SIZE) -> Counts:
        """Compare. A cancelled add was not recorded, so it may or may not be stored."""
        starts = [item["batch"] for item in stored if item["n"] == 0]
        seen = Counter(starts)
        counts: Counts = {
            TWICE: sum(times - 1 for times in seen.values()),
            LOST: sum(number not in seen for number in self._returned),
            RAISED: sum(number in seen for number in self._raised),
            REFUSED: sum(number not in seen for number in self._raised),
        }
        if size == _SIZE:
            counts[PARTIAL] = _strays(stored)
        return counts


def missing(added: Items, returned: Items, left: Items) -> tuple[int, int]:
    """Count the items that are neither returned nor stored, and those that are both."""
    seen = Counter(item["n"] for item in [*filter(None, returned), *left])
    return len(added) - len(seen), sum(times - 1 for times in seen.values())


def _strays(stored: Items) -> int:
    """Count the stored batches whose items are incomplete or not adjacent."""
    runs: list[list[tuple[int, int]]] = []
    for item in stored:
        if not runs or item["n"] == 0 or runs[-1][-1] != (item["batch"], item["n"] - 1):
            runs.append([])
        runs[-1].append((item["batch"], item["n"]))
    return len({run[0][0] for run in runs if len(run) != _SIZE})
