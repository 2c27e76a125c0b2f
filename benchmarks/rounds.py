"""Measuring in turn: many short rounds, in each of which every store does the same once.

A machine is never equally fast for long. Stores that are compared within a round meet the same
conditions, and the median over the rounds drops those in which the machine did something else.
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
"""Seconds of a blocking PING where the processor sleeps between calls, as it does in a service."""

_PINGS = 100


@dataclass(frozen=True)
class Column:
    """A store with its calls, as it takes its turn in every round."""

    key: Key
    api: Api
    work: Work


@dataclass
class Rounds:
    """The seconds of one operation, round by round, for each store and for a PING."""

    trips: Mapping[Key, float]
    seconds: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    pings: dict[Api, list[float]] = field(default_factory=lambda: defaultdict(list))

    def normalised(self, key: Key) -> list[float]:
        """The seconds as they would be, had every round trip of that round taken 115 us.

        What a sleeping processor adds is the machine's doing. It is the same for both APIs, and
        measured by the client that does the least itself, the blocking one.
        """
        trips = self.trips.get(key, 0.0)
        return [
            seconds + trips * (ROUND_TRIP - ping)
            for seconds, ping in zip(self.seconds[key], self.pings["blocking"], strict=True)
        ]

    def hot_ratio(self, key: Key, other: Key) -> float:
        """How many times as long as the other it took."""
        return median_ratio(self.seconds[key], self.seconds[other])

    def ratio(self, key: Key, other: Key) -> float:
        """The same with round trips of 115 us."""
        return median_ratio(self.normalised(key), self.normalised(other))


def median_ratio(values: Iterable[float], others: Iterable[float]) -> float:
    """The median of the ratios of what was measured in the same round."""
    return statistics.median(value / other for value, other in zip(values, others, strict=True))


async def play(
    rounds: Rounds,
    columns: Sequence[Column],
    pings: Mapping[Api, Callable[[], Any]],
    times: int,
    chance: random.Random,
) -> None:
    """Play so many rounds, each in an order of its own."""
    turns: list[Column | Api] = [*columns, *pings]
    gc.collect()
    gc.disable()  # a collection would strike whoever has the turn
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
    """Make calls one after the other; return the seconds that they took together."""
    if api == "async":
        started = time.perf_counter()
        for call in calls:
            await call()
        return time.perf_counter() - started
    started = time.perf_counter()
    for call in calls:
        call()
    return time.perf_counter() - started
