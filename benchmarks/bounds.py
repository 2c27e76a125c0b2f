"""The bounds: how fast our sessions must be, compared with raw redis-py and other stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.rounds import Key, Rounds


_NAMES = {
    "ours": "RedisSession",
    "ours-blocking": "SyncRedisSession",
    "raw": "raw",
    "raw-blocking": "raw",
    "sdk": "SDK",
    "old": "0.1.0",
}


@dataclass(frozen=True)
class Bound:
    """A ratio and its limit, and the ratio in a hot loop if it was measured."""

    title: str
    value: float
    limit: float
    at_least: bool = False
    hot: float | None = None

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True)
class _Ratio:
    title: str
    key: Key
    other: Key
    limit: float
    at_least: bool = False


def _of_one_api(ours: str, raw: str, script: str) -> Iterator[_Ratio]:
    """Compare with raw redis-py of the same API, and with the least that is exactly once."""
    for operation, title, limit in (("add-1", "add 1 item", 1.12), ("pop", "pop", 1.15)):
        title = f"{title}: {_NAMES[ours]} / bare EVALSHA"
        yield _Ratio(title, (operation, ours), (operation, script), limit)
    for operation, title, limit in (
        ("get-1000", "get 1,000 items", 1.08),
        ("turn", "whole turn, 200 items", 1.2),
    ):
        yield _Ratio(f"{title}: {_NAMES[ours]} / raw", (operation, ours), (operation, raw), limit)
    long, short = ("limit-of-10000", ours), ("limit-of-20", ours)
    yield _Ratio(f"get the last 20: {_NAMES[ours]}, of 10,000 / of 20", long, short, 1.1)


def _compared_with_peers(ours: str) -> Iterator[_Ratio]:
    """Compare with other stores, which have only async APIs."""
    for operation, title, peer, limit in (
        ("add-1", "add 1 item", "sdk", 5.5),
        ("add-1", "add 1 item", "old", 1.6),
        ("get-1000", "get 1,000 items", "sdk", 1.0),
        ("get-1000", "get 1,000 items", "old", 1.0),
    ):
        title = f"{title}: {_NAMES[peer]} / {_NAMES[ours]}"
        yield _Ratio(title, (operation, peer), (operation, ours), limit, at_least=True)


RATIOS = (
    *_of_one_api("ours", "raw", "script"),
    *_compared_with_peers("ours"),
    *_of_one_api("ours-blocking", "raw-blocking", "script-blocking"),
    *_compared_with_peers("ours-blocking"),
)
PEAK = 1.1
IMPORT = 1.05


def of_speed(measured: Mapping[str, Rounds]) -> Iterator[Bound]:
    """Check the ratios whose operations were measured, in the same rounds."""
    for ratio in RATIOS:
        rounds = measured.get(ratio.key[0])
        if rounds and ratio.key in rounds.seconds and ratio.other in rounds.seconds:
            value = rounds.ratio(ratio.key, ratio.other)
            hot = rounds.hot_ratio(ratio.key, ratio.other)
            yield Bound(ratio.title, value, ratio.limit, ratio.at_least, hot)


def of_footprint(peaks: Mapping[str, int], import_ratio: float) -> Iterator[Bound]:
    """Check memory and import time."""
    for ours, raw in (("ours", "raw"), ("ours-blocking", "raw-blocking")):
        title = f"peak memory of reading 10,000 items: {_NAMES[ours]} / raw"
        yield Bound(title, peaks[ours] / peaks[raw], PEAK)
    yield Bound("import: SyncRedisSession / redis", import_ratio, IMPORT)
