"""The cost of stores apart from calls: memory in Redis, and import time."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.rounds import median_ratio
from benchmarks.stores import STORES, TTL, Arena, finished, items_for, refill
from tests.support.resp import rows
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPORTS = {
    "redis": "import redis",
    "SyncRedisSession": "from openai_agents_session import SyncRedisSession",
    "RedisSession": "from openai_agents_session import RedisSession",
    "SDK's RedisSession": "from agents.extensions.memory import RedisSession",
}
_SLOW = {"RedisSession", "SDK's RedisSession"}  # seconds each, for the SDK that both import
_SLOW_ROUNDS = 3

SESSION_ITEMS = 20
_LONG = 10_000
_STORED = ("raw", "ours", "sdk", "old")  # the blocking API stores the same


@dataclass(frozen=True)
class Memory:
    """Bytes in Redis, including all overhead."""

    session: float  # of 20 items
    receipt: float  # of one change, for 120 seconds
    item: float  # of a long session


async def memory_in_redis(release: Path, folder: Path, sessions: int) -> dict[str, Memory]:
    """Fill an empty server with each store in turn, and measure how it grows."""
    with Server() as server:
        arena = Arena(server.address, release, folder)
        try:
            return {store: await _memory(server, arena, store, sessions) for store in _STORED}
        finally:
            await arena.close()


async def _memory(server: Server, arena: Arena, store: str, sessions: int) -> Memory:
    # Allocate the buffers of the connection and the slots of the tables first.
    await _fill(arena, store, sessions)
    server.command("FLUSHALL", "SYNC")
    empty = _used(server)
    await _fill(arena, store, sessions)
    full = _used(server)
    if receipts := [key for key in rows(server.command("KEYS", "{*")) if isinstance(key, bytes)]:
        server.command("DEL", *receipts)
    settled = _used(server)
    server.command("FLUSHALL", "SYNC")
    empty_again = _used(server)
    await refill(store, arena.session(store, "long", TTL), _LONG)
    long = _used(server) - empty_again
    server.command("FLUSHALL", "SYNC")
    return Memory(
        session=(settled - empty) / sessions,
        receipt=(full - settled) / len(receipts) if receipts else 0.0,
        item=long / _LONG,
    )


async def _fill(arena: Arena, store: str, sessions: int) -> None:
    items = items_for(store, SESSION_ITEMS)
    for number in range(sessions):
        await finished(arena.session(store, f"memory-{number}", TTL).add_items(items))


def _used(server: Server) -> int:
    """Bytes in use, without the buffers of the clients."""
    answer = rows(server.command("MEMORY", "STATS"))
    stats = dict(zip(map(str, answer[::2]), answer[1::2], strict=True))
    return int(str(stats["b'total.allocated'"])) - int(str(stats["b'clients.normal'"]))


def import_seconds(rounds: int) -> dict[str, list[float]]:
    """Import in fresh processes, in turn, with cached bytecode as in an installation."""
    seconds: dict[str, list[float]] = {name: [] for name in IMPORTS}
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(-1, rounds):  # the first one writes the cache
            for name in _in_turn(number):
                spent = _import_seconds(IMPORTS[name], environment)
                if number >= 0:
                    seconds[name].append(spent)
    return seconds


def _in_turn(number: int) -> Iterator[str]:
    names = [name for name in IMPORTS if name not in _SLOW or number < _SLOW_ROUNDS]
    yield from names if number % 2 else reversed(names)


def _import_seconds(statement: str, environment: dict[str, str]) -> float:
    code = f"import time; start = time.perf_counter(); {statement}; end = time.perf_counter()"
    command = [sys.executable, "-c", f"{code}; print(end - start)"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def import_ratio(seconds: dict[str, list[float]]) -> float:
    """Return the import time of the blocking API as a multiple of that of redis-py."""
    return median_ratio(seconds["SyncRedisSession"], seconds["redis"])


def medians(seconds: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in seconds.items()}


def title_of_import(name: str) -> str:
    """Return the statement as the tables show it."""
    return f"`{IMPORTS[name]}`"


def title_of_store(store: str) -> str:
    """Return the title of a store, with its API if a store of the other API has the same title."""
    what = STORES[store]
    return f"{what.title}, {what.api}" if what.is_raw else what.title
