"""The conversations of a user: pages, adding, memory, and what others notice of erasing them.

    python -m benchmarks.users             # print the tables
    python -m benchmarks.users --write     # and keep them for the page about users
    python -m benchmarks.users --redraw    # draw what was kept once more
    python -m benchmarks.users --quick     # a trial run, with few rounds

Ratios are medians of the ratios within each round, in which everything that is compared runs once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import threading
import time
from functools import partial
from operator import add
from statistics import median
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio

from benchmarks import charts
from benchmarks.facts import microseconds_of
from benchmarks.growth import APIS
from benchmarks.machine import machine, pin, versions
from benchmarks.results import Results
from benchmarks.rounds import ROUND_TRIP, median_ratio, time_calls
from benchmarks.tables import Table, microseconds, size, times
from openai_agents_session import RedisSessionManager, SyncRedisSessionManager
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.facts import Facts
    from benchmarks.stores import Api

SIZES = (100, 10_000, 100_000)
ERASED = 10_000
BATCH = 10
ITEM: Any = {"role": "user", "content": "What is the weather in Rome? " * 10}


def fill(client: redis.Redis, user_id: str, count: int) -> None:
    """Store conversations of one item, as fast as one connection can."""
    manager = SyncRedisSessionManager(client, ttl=None)
    user = manager.user(user_id)
    for number in range(count):
        session = user.session(f"conversation-{number:06}")
        session.add_items([ITEM])
        if number % 10 == 0:
            user.update(session.session_id, title=f"Conversation {number}")


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def pages(client: redis.Redis, rounds: int) -> list[Facts]:
    """Read a page of 20, of few conversations and of many."""
    manager = SyncRedisSessionManager(client, ttl=None)
    for count in SIZES:
        fill(client, f"with-{count}", count)
    found: dict[int, list[float]] = {count: [] for count in SIZES}
    for _ in range(rounds):
        for count in SIZES:
            found[count].append(seconds(manager.user(f"with-{count}").page))
    few = found[SIZES[0]]
    return [
        {
            "conversations": count,
            "us": microseconds_of(took),
            "ratio": round(median_ratio(took, few), 3),
        }
        for count, took in found.items()
    ]


async def adds(server: Server, rounds: int) -> list[Facts]:
    """Add to a conversation of a user, and to one without a user."""
    found: list[Facts] = []
    chance = random.Random(15)
    blocking = redis.Redis(host=server.host, port=server.port)
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    for ttl in (None, 3600):
        manager = RedisSessionManager(client, ttl=ttl)
        twin = SyncRedisSessionManager(blocking, ttl=ttl)
        sessions: dict[tuple[Api, str], Any] = {
            ("async", "without"): manager.session("a"),
            ("async", "owned"): manager.user("ada").session("a"),
            ("blocking", "without"): twin.session("b"),
            ("blocking", "owned"): twin.user("ada").session("b"),
        }
        calls = {key: partial(made.add_items, [ITEM]) for key, made in sessions.items()}
        took: dict[tuple[Api, str], list[float]] = {call: [] for call in calls}
        missing: list[float] = []  # until a round trip takes as long as in a service
        for _ in range(rounds):
            ping = await time_calls("blocking", [blocking.ping] * BATCH) / BATCH
            missing.append(ROUND_TRIP - ping)
            for call in chance.sample(list(calls), len(calls)):
                took[call].append(await time_calls(call[0], [calls[call]] * BATCH) / BATCH)
        for api in APIS:
            hot = {name: took[api, name] for name in ("without", "owned")}
            found.append({"api": api, "ttl": ttl, **_added(hot, missing)})
    await client.aclose()
    blocking.close()
    return found


def _added(hot: dict[str, list[float]], missing: list[float]) -> Facts:
    """Summarize the times of adding, as measured and with round trips as in a service."""
    slow = {name: list(map(add, took, missing)) for name, took in hot.items()}
    return {
        "us": {name: microseconds_of(took) for name, took in hot.items()},
        "normalised us": {name: microseconds_of(took) for name, took in slow.items()},
        "ratio": round(median_ratio(slow["owned"], slow["without"]), 3),
        "hot ratio": round(median_ratio(hot["owned"], hot["without"]), 3),
    }


def memory(client: redis.Redis) -> dict[str, float]:
    """Return what the server needs for a conversation of one item, and for its index entry."""
    manager = SyncRedisSessionManager(client, ttl=None)
    manager.session("conversation-000000").add_items([ITEM])
    prefix = f"session{{with-{SIZES[1]}}}"
    session, index = f"{prefix}:conversation-000000", f"{prefix}~index"
    return {
        "list, without a user": used(client, "session:conversation-000000"),
        "list, of a user": used(client, session),
        "title, time of creation": used(client, f"{session}:~:info"),
        "place in the index": round(used(client, index) / SIZES[1], 1),
    }


def used(client: redis.Redis, key: str) -> float:
    return float(client.memory_usage(key, samples=0) or 0)


def erasing(server: Server) -> Facts:
    """Erase many conversations, and time what another client asks meanwhile."""
    client = redis.Redis(host=server.host, port=server.port)
    other = redis.Redis(host=server.host, port=server.port)
    client.flushall()
    fill(client, "ada", ERASED)
    quiet = [seconds(other.ping) for _ in range(2_000)]
    during: list[float] = []
    erased = threading.Event()

    def ask() -> None:
        while not erased.is_set():
            during.append(seconds(other.ping))

    asking = threading.Thread(target=ask)
    asking.start()
    took = seconds(SyncRedisSessionManager(client, ttl=None).user("ada").erase)
    erased.set()
    asking.join()
    client.close()
    other.close()
    pings = {"before": quiet, "while erasing": during}
    return {
        "seconds": round(took, 2),
        "ping us": {when: _slowness(found) for when, found in pings.items()},
    }


def _slowness(values: list[float]) -> list[float]:
    """Return the median, the slowest of 99 in 100, and the slowest, in microseconds."""
    p99 = sorted(values)[len(values) * 99 // 100]
    return [round(value * 1e6, 1) for value in (median(values), p99, max(values))]


def tables(facts: Facts) -> dict[str, Table]:
    """Return the tables of the page about users, by file name."""
    few = f"ratio to {facts['pages'][0]['conversations']}"
    lifetimes = {None: "none", 3600: "an hour"}
    pages_read = [
        [f"{row['conversations']:,}", microseconds(row["us"]), times(row["ratio"])]
        for row in facts["pages"]
    ]
    added = [
        [
            row["api"],
            lifetimes[row["ttl"]],
            *(microseconds(row["us"][name]) for name in ("without", "owned")),
            f"{times(row['ratio'])} ({times(row['hot ratio'])})",
        ]
        for row in facts["adds"]
    ]
    erased = facts["erasing"]
    title = f"Erasing {ERASED:,} conversations took {erased['seconds']:.2f} s; a PING of another"
    pings = [
        [when, *(f"{us / 1000:.2f}" for us in found)] for when, found in erased["ping us"].items()
    ]
    parts = [[name, size(value)] for name, value in facts["memory"].items()]
    return {
        "users-pages": Table("A page of 20", ["conversations", "µs", few], pages_read),
        "users-adds": Table(
            "Adding an item",
            ["API", "ttl", "without a user, µs", "of a user, µs", "ratio (hot loop)"],
            added,
            texts=2,
        ),
        "users-memory": Table(
            "Memory", ["a conversation with one item of 300 characters", "memory"], parts
        ),
        "users-erasing": Table(
            f"{title} client, in ms", ["", "median", "99 of 100", "slowest"], pings
        ),
    }


RESULTS = Results(
    "users", tables, {"users-pages": charts.pages_of_a_user, "users-adds": charts.adds_of_a_user}
)


def main() -> int:
    """Measure, print, and keep the results if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    return RESULTS.main(parser, _measure)


def _measure(options: argparse.Namespace) -> Facts:
    rounds = 20 if options.quick else 600
    pinned = pin()
    with Server() as server, redis.Redis(host=server.host, port=server.port) as client:
        return {
            "machine": machine(pinned=pinned),
            "versions": versions(),
            "pages": pages(client, rounds),
            "adds": asyncio.run(adds(server, rounds)),
            "memory": memory(client),
            "erasing": erasing(server),
        }


if __name__ == "__main__":
    sys.exit(main())
