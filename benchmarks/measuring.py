"""All the measurements of the speed benchmark, on servers that it starts."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import bounds, facts, footprint, growth
from benchmarks.conversation import conversation, encoded
from benchmarks.counting import count_traffic, weigh
from benchmarks.machine import versions
from benchmarks.operations import OPERATIONS, prepare, run
from benchmarks.peak import peaks_in_python
from benchmarks.rounds import ROUND_TRIP, Column, Rounds, play
from benchmarks.stores import STORES, Arena
from tests.support.server import Server

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from benchmarks.facts import Facts
    from benchmarks.rounds import Key

_STARTED = time.monotonic()


@dataclass(frozen=True)
class Extent:
    """The numbers of rounds and sessions in a run."""

    passes: int
    share: float  # of the rounds of each operation
    sessions: tuple[int, ...]
    histories: tuple[int, ...]
    growth_rounds: int
    memory_sessions: int
    import_rounds: int

    def rounds(self, operation: str) -> int:
        """Return the number of rounds of an operation in one pass."""
        return max(2, round(OPERATIONS[operation].rounds * self.share / self.passes))


FULL = Extent(8, 2.5, (100, 10_000, 100_000), (10, 1_000, 100_000), 60, 2_000, 51)
QUICK = Extent(1, 0.05, (100, 1_000, 10_000), (10, 1_000, 10_000), 3, 1_000, 3)


def measure(
    release: Path, extent: Extent, chance: random.Random, only: Sequence[str] | None = None
) -> Facts:
    """Measure everything, or only some operations."""
    with Server() as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = asyncio.run(_operations(server, release, folder, extent, chance, only))
        if not only:
            found |= (footed := _footprint(server, release, folder, extent))
            more = bounds.of_footprint(footed["peaks"], footed["import ratio"])
            found["bounds"] += facts.of_bounds(more)
            tell("growth")
            grown = growth.measure_growth(
                extent.sessions, extent.histories, extent.growth_rounds, chance
            )
            found["growth"] = facts.of_growth(asyncio.run(grown))
    return {"round trip us": ROUND_TRIP * 1e6, "versions": versions(), **found}


async def _operations(
    server: Server,
    release: Path,
    folder: Path,
    extent: Extent,
    chance: random.Random,
    only: Sequence[str] | None,
) -> Facts:
    names = only or list(OPERATIONS)
    tell("commands and round trips")
    alone = [name for name in names if not OPERATIONS[name].in_parallel]
    traffic = await count_traffic(server, release, folder, alone)
    server.command("FLUSHALL")
    arena = Arena(server.address, release, folder)
    try:
        columns = await _columns(arena, names)
        trips = {key: counted.trips for key, counted in traffic.items()}
        measured = await _rounds(arena, columns, trips, extent, chance)
        tell("bytes, and processor time of the server")
        costs = await weigh(server, {column.key: column.work for column in columns})
    finally:
        await arena.close()
    return {
        "operations": facts.of_operations(measured, traffic, costs),
        "bounds": facts.of_bounds(bounds.of_speed(measured)),
    }


async def _columns(arena: Arena, names: Sequence[str]) -> list[Column]:
    """Prepare every operation of every store, and make its calls once as a warm-up."""
    columns = []
    for name in names:
        for store in OPERATIONS[name].stores:
            work = await prepare(arena, name, store)
            await work.reset()
            await run(work)
            columns.append(Column((name, store), STORES[store].api, work))
    return columns


async def _rounds(
    arena: Arena,
    columns: Sequence[Column],
    trips: dict[Key, float],
    extent: Extent,
    chance: random.Random,
) -> dict[str, Rounds]:
    """Run the rounds in several passes, to spread a busy moment over all operations."""
    pings = {STORES[name].api: arena.clients[name].ping for name in ("raw", "raw-blocking")}
    groups: dict[str, list[Column]] = {}
    for column in columns:
        name = column.key[0]
        groups.setdefault(OPERATIONS[name].group or name, []).append(column)
    measured = {group: Rounds(trips) for group in groups}
    for number in range(extent.passes):
        for group, members in groups.items():
            tell(f"pass {number + 1} of {extent.passes}: {group}")
            times = extent.rounds(members[0].key[0])
            await play(measured[group], members, pings, times, chance)
    return {
        column.key[0]: measured[OPERATIONS[column.key[0]].group or column.key[0]]
        for column in columns
    }


def _footprint(server: Server, release: Path, folder: Path, extent: Extent) -> Facts:
    tell("memory in Python")
    peaks = peaks_in_python(server, release, folder)
    tell("memory in Redis")
    stored = asyncio.run(footprint.memory_in_redis(release, folder, extent.memory_sessions))
    tell("imports")
    seconds = footprint.import_seconds(extent.import_rounds)
    ratio = footprint.import_ratio(seconds)
    return {
        "peaks": peaks,
        "memory": {store: asdict(memory) for store, memory in stored.items()},
        "payload": _payload(),
        "imports": footprint.medians(seconds),
        "import ratio": ratio,
    }


def _payload() -> dict[str, float]:
    """Bytes of the JSON alone, per item and per session."""
    sizes = [len(element) for element in encoded(conversation(6000))]
    return {"item": sum(sizes) / len(sizes), "session": sum(sizes[: footprint.SESSION_ITEMS])}


def tell(what: str) -> None:
    """Print on stderr what is being measured."""
    print(f"{time.monotonic() - _STARTED:4.0f} s: {what}", file=sys.stderr, flush=True)
