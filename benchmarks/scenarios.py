"""The faults, and the counts after each of them, on servers that the scenarios start.

`python -m benchmarks.scenarios STORE SEED` runs all scenarios with a store, each in its own
process. It prints the version of the store, then a line of JSON for each.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

from benchmarks.audit import (
    BOTH,
    IMMORTAL,
    LEFT,
    LOUD,
    SILENT,
    Adds,
    Counts,
    batch,
    missing,
    raises,
)
from benchmarks.bench import connected, opened
from benchmarks.peers import PEERS, Items, Peer, Way
from tests.support.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

REQUESTS = "requests per add"
UNSUPPORTED = "operations that raise"

_LATENCY = (0.0, 0.001)
_DURABLE = {"appendonly": "yes", "appendfsync": "always"}
_SECONDS = 90.0


async def adds_with_lost_replies(peer: Peer, chance: random.Random, way: Way) -> Counts:
    adds = Adds()
    async with opened(peer, chance, way) as bench:
        session = bench.session()
        for number in range(200):
            if number % 5 == 4:
                bench.proxy.arm("cut_after", peer.storing)
            await adds.note(number, session.add_items(batch(number, size=1)))
        _check(bench.proxy.stats.fired == 40)
        return adds.counts(await session.get_items(), size=1)


async def pops_with_lost_replies(peer: Peer, chance: random.Random, way: Way) -> Counts:
    returned: Items = []
    errors = 0

    async def pop() -> None:
        returned.append(await session.pop_item())

    async with opened(peer, chance, way) as bench:
        session = bench.session()
        await session.add_items(batch(0, size=200))
        for number in range(120):
            if number % 5 == 4:
                bench.proxy.arm("cut_after", peer.taking)
            errors += await raises(pop())
        _check(bench.proxy.stats.fired == 24)
        lost, both = missing(batch(0, size=200), returned, await session.get_items())
        loud = min(lost, errors)
        return {SILENT: lost - loud, LOUD: loud, LEFT: errors - loud, BOTH: both}


async def cancelled_adds(peer: Peer, chance: random.Random) -> Counts:
    adds, interrupted = Adds(), 0
    async with opened(peer, chance) as bench:
        bench.proxy.latency = _LATENCY
        calls = (bench.session(f"pace-{n}").add_items(batch(n)) for n in range(20))
        seconds = await bench.pace(calls)
        sessions = [bench.session(f"user-{number}") for number in range(300)]
        for number, session in enumerate(sessions):
            add = adds.note(number, session.add_items(batch(number)))
            interrupted += await bench.cancelled(add, seconds)
        _check(0 < interrupted < 300)
        await bench.quiet()
        immortal = bench.keys_without_ttl()
        stored = [item for session in sessions for item in await session.get_items()]
        return adds.counts(stored) | {IMMORTAL: immortal}


async def cancelled_pops(peer: Peer, chance: random.Random) -> Counts:
    returned: Items = []

    async def pop() -> None:
        returned.append(await session.pop_item())

    async with opened(peer, chance) as bench:
        bench.proxy.latency = _LATENCY
        session = bench.session("pace")
        await session.add_items(batch(0, size=20))
        seconds = await bench.pace(session.pop_item() for _ in range(20))
        session = bench.session()
        await session.add_items(batch(0, size=300))
        interrupted = sum([await bench.cancelled(pop(), seconds) for _ in range(300)])
        _check(0 < interrupted < 300)
        await bench.quiet()
        immortal = bench.keys_without_ttl()
        lost, both = missing(batch(0, size=300), returned, await session.get_items())
        return {SILENT: lost, BOTH: both, IMMORTAL: immortal}


async def crashes(peer: Peer, chance: random.Random) -> Counts:
    """Kill the server after one of the commands of an add, before it sends the reply."""
    adds = Adds()
    async with opened(peer, chance, options=_DURABLE) as bench:
        await bench.session("warm-up").add_items(batch(0))
        before = bench.proxy.stats.commands
        await bench.session("pace").add_items(batch(0))
        commands = bench.proxy.stats.commands - before
        sessions = [bench.session(f"user-{number}") for number in range(20)]
        for number, session in enumerate(sessions):
            held = bench.proxy.arm("delay", skip=chance.randrange(commands))
            add = asyncio.ensure_future(adds.note(number, session.add_items(batch(number))))
            await asyncio.to_thread(held.wait)
            await asyncio.to_thread(bench.crash)
            held.release()
            await add
        immortal = bench.keys_without_ttl()
        stored = [item for session in sessions for item in await session.get_items()]
        return adds.counts(stored) | {IMMORTAL: immortal}


async def writers_with_lost_replies(peer: Peer, chance: random.Random) -> Counts:
    adds = Adds()

    async def write(writer: int) -> None:
        session = bench.session()
        for number in range(writer * 10, writer * 10 + 10):
            await adds.note(number, session.add_items(batch(number)))

    async with opened(peer, chance, "Redis") as bench:
        bench.proxy.arm("cut_after", peer.storing, times=40, probability=0.4)
        bench.proxy.arm("cut_before", peer.storing, times=20, probability=0.2)
        await asyncio.gather(*map(write, range(20)))
        _check(bench.proxy.stats.fired == 60)
        return adds.counts(await bench.session().get_items())


async def contention(peer: Peer, chance: random.Random) -> Counts:
    adds = Adds()

    async def write(writer: int) -> None:
        session = bench.session()
        for number in range(writer * 4, writer * 4 + 4):
            await adds.note(number, session.add_items(batch(number)))

    async with opened(peer, chance) as bench:
        await bench.session("warm-up").add_items(batch(0))
        before = bench.proxy.stats.requests
        await asyncio.gather(*map(write, range(50)))
        requests = bench.proxy.stats.requests - before
        counts = adds.counts(await bench.session().get_items())
        return counts | {REQUESTS: round(requests / 200, 2)}


async def on_a_cluster(peer: Peer, _: random.Random) -> Counts:
    with Cluster() as cluster:
        async with connected(peer, "RedisCluster", *cluster.startup[0]) as client:
            session = peer.make("user-123", client)
            calls: dict[str, Callable[[], Awaitable[object]]] = {
                "add_items": lambda: session.add_items(batch(0)),
                "get_items": session.get_items,
                "pop_item": session.pop_item,
                "clear_session": session.clear_session,
            }
            return {UNSUPPORTED: [name for name, call in calls.items() if await raises(call())]}


def _check(condition: bool) -> None:
    """Make sure that a scenario does what its title says."""
    if not condition:
        raise RuntimeError("the scenario did not run as intended")


@dataclass(frozen=True)
class Scenario:
    title: str
    run: Callable[[Peer, random.Random], Awaitable[Counts]]


_URL = "client from `from_url()`"
_HOST = "client from `Redis(host=…)`"

SCENARIOS = {
    "adds-url": Scenario(
        f"200 adds, 40 replies lost; {_URL}", partial(adds_with_lost_replies, way="from_url")
    ),
    "adds-host": Scenario(
        f"200 adds, 40 replies lost; {_HOST}", partial(adds_with_lost_replies, way="Redis")
    ),
    "pops-url": Scenario(
        f"120 pops, 24 replies lost; {_URL}", partial(pops_with_lost_replies, way="from_url")
    ),
    "pops-host": Scenario(
        f"120 pops, 24 replies lost; {_HOST}", partial(pops_with_lost_replies, way="Redis")
    ),
    "writers": Scenario(
        f"20 writers add 10 batches each to one session, 20 requests and 40 replies lost; {_HOST}",
        writers_with_lost_replies,
    ),
    "cancelled-adds": Scenario("300 adds of 3 items, cancelled at any moment", cancelled_adds),
    "cancelled-pops": Scenario("300 pops, cancelled at any moment", cancelled_pops),
    "crashes": Scenario("20 crashes of the server during an add of 3 items", crashes),
    "contention": Scenario("50 writers add 4 batches each to one session", contention),
    "cluster": Scenario("Redis Cluster", on_a_cluster),
}


def run(peer: Peer, name: str, seed: str) -> None:
    """Run one scenario, and print its counts."""
    counts = SCENARIOS[name].run(peer, random.Random(f"{seed} {name}"))
    print(json.dumps([name, asyncio.run(_bounded(counts))]), flush=True)


async def _bounded(counts: Awaitable[Counts]) -> Counts:
    return await asyncio.wait_for(counts, _SECONDS)


def main(store: str, seed: str) -> None:
    """Run all scenarios in forks of this process: importing takes longer than most of them."""
    peer = PEERS[store]
    peer.load()
    print(json.dumps(peer.version), flush=True)
    for name in SCENARIOS:
        process = get_context("fork").Process(target=run, args=(peer, name, seed))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(f"{store}: {name} failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
