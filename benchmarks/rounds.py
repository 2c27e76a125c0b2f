"""Measure in turn: in each of many short rounds, every store makes the same calls once.

The speed of a machine varies all the time. Within a round, all stores run under the same
conditions, and the median ignores the rounds in which the machine was busy with something else.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.operations import Work
    from benchmarks.stores import Api

Key: TypeAlias = tuple[str, str]  # operation, store

ROUND_TRIP = 115e-6
"""Seconds of a blocking PING if the processor sleeps between calls, as in a service."""

_PINGS = 100


@dataclass(frozen=True)
class Column:
    """A store with its calls, which run once in every round."""

    key: Key
    api: Api
    work: Work


@dataclass
class Rounds:
    """The seconds of one operation in each round, for each store and for a PING."""

    trips: Mapping[Key, float]
    seconds: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    pings: dict[Api, list[float]] = field(default_factory=lambda: defaultdict(list))

    def normalised(self, key: Key) -> list[float]:
        """The seconds that the operation would take if each round trip took 115 us.

        The delay of a sleeping processor depends on the machine. It is the same for both APIs, and
        is measured with the client that does the least work, the blocking one.
        """
        trips = self.trips.get(key, 0.0)
        return [
            seconds + trips * (ROUND_TRIP - ping)
            for seconds, ping in zip(self.seconds[key], self.pings["blocking"], strict=True)
        ]

    def hot_ratio(self, key: Key, other: Key) -> float:
        """Return the time of `key` as a multiple of that of `other`."""
        return median_ratio(self.seconds[key], self.seconds[other])

    def ratio(self, key: Key, other: Key) -> float:
        """Return the same ratio for round trips of 115 us."""
        return median_ratio(self.normalised(key), self.normalised(other))


def median_ratio(values: Iterable[float], others: Iterable[float]) -> float:
    """Return the median of the ratios within each round."""
    return statistics.median(value / other for value, other in zip(values, others, strict=True))


async def play(
    rounds: Rounds,
    columns: Sequence[Column],
    pings: Mapping[Api, Callable[[], Any]],
    times: int,
    chance: random.Random,
) -> None:
    """Run `times` rounds, each in a new random order."""
    turns: list[Column | Api] = [*columns, *pings]
    gc.collect()
    gc.disable()  # a collection would slow down a single store
    try:
        for _ in range(times):
            for turn in chance.sample(turns, len(turns)):
                if isinstance(turn, str):
                    spent = await time_calls(turn, [pings[turn]] * _PINGS)
                    rounds.pings[turn].append(spent / _PINGS)
                else:
                    await turn.work.reset()
                    spent = await time_calls(turn.api, turn.work.calls)
                    rounds.seconds[turn.key].append(spent / turn.work.size)
    finally:
        gc.enable()


async def time_calls(api: Api, calls: Sequence[Callable[[], Any]]) -> float:
    """Make calls one after another; return the total seconds."""
    if api == "async":
        started = time.perf_counter()
        for call in calls:
            await call()
        return time.perf_counter() - started
    started = time.perf_counter()
    for call in calls:
        call()
    return time.perf_counter() - started
