"""What is counted after the faults: the calls that were made, compared with what is stored."""

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
    """Tell whether a call fails."""
    try:
        await call
    except Exception:  # noqa: BLE001 - whatever it is, a caller must take it for a failure
        return True
    return False


def batch(number: int, size: int = _SIZE) -> Items:
    """Make items whose order tells whether any of them is missing or out of place."""
    return [{"role": "user", "content": "Hello", "batch": number, "n": n} for n in range(size)]


class Adds:
    """What became of each add, by its number, to be compared with what is stored."""

    def __init__(self) -> None:
        self._returned: list[int] = []
        self._raised: list[int] = []

    async def note(self, number: int, call: Awaitable[None]) -> None:
        """Make a call, and note how it ended."""
        (self._raised if await raises(call) else self._returned).append(number)

    def counts(self, stored: Items, size: int = _SIZE) -> Counts:
        """Compare; an add that was cancelled, and hence not noted, may be stored or not."""
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
    """Count the items that are neither returned nor left, and those that are both."""
    seen = Counter(item["n"] for item in [*filter(None, returned), *left])
    return len(added) - len(seen), sum(times - 1 for times in seen.values())


def _strays(stored: Items) -> int:
    """Count the batches, in what is stored, whose items are not all there and side by side."""
    runs: list[list[tuple[int, int]]] = []
    for item in stored:
        if not runs or item["n"] == 0 or runs[-1][-1] != (item["batch"], item["n"] - 1):
            runs.append([])
        runs[-1].append((item["batch"], item["n"]))
    return len({run[0][0] for run in runs if len(run) != _SIZE})
