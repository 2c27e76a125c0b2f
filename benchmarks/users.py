"""The conversations of a user: pages, adding, memory, and what others notice of erasing them.

    python -m benchmarks.users             # print the tables
    python -m benchmarks.users --write     # and keep them for the performance page

Ratios are medians of the ratios within each round, in which everything that is compared runs once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import threading
import time
from functools import partial
from operator import add
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio

from benchmarks.machine import pin
from benchmarks.rounds import ROUND_TRIP, median_ratio, time_calls
from benchmarks.tables import Table, microseconds, size, times
from openai_agents_session import RedisSessionManager, SyncRedisSessionManager
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.stores import Api

PAGES = Path(__file__).parents[1] / "docs" / "_measured"
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


def pages(client: redis.Redis, rounds: int) -> Table:
    """Read a page of 20, of few conversations and of many."""
    manager = SyncRedisSessionManager(client, ttl=None)
    for count in SIZES:
        fill(client, f"with-{count}", count)
    found: dict[int, list[float]] = {count: [] for count in SIZES}
    for _ in range(rounds):
        for count in SIZES:
            found[count].append(seconds(manager.user(f"with-{count}").page))
    rows = [
        [f"{count:,}", microseconds(median(took) * 1e6), times(median_ratio(took, found[SIZES[0]]))]
        for count, took in found.items()
    ]
    head = ["conversations", "µs", f"ratio to {SIZES[0]}"]
    return Table("A page of 20", head, rows)


async def adds(server: Server, rounds: int) -> Table:
    """Add to a conversation of a user, and to one without a user."""
    rows, chance = [], random.Random(15)
    blocking = redis.Redis(host=server.host, port=server.port)
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    for ttl in (None, 3600):
        manager = RedisSessionManager(client, ttl=ttl)
        twin = SyncRedisSessionManager(blocking, ttl=ttl)
        plain, owned = manager.session("a"), manager.user("ada").session("a")
        sync_plain, sync_owned = twin.session("b"), twin.user("ada").session("b")
        calls: dict[str, Callable[[], Any]] = {
            "plain": partial(plain.add_items, [ITEM]),
            "owned": partial(owned.add_items, [ITEM]),
            "sync": partial(sync_plain.add_items, [ITEM]),
            "sync owned": partial(sync_owned.add_items, [ITEM]),
        }
        took: dict[str, list[float]] = {name: [] for name in calls}
        missing: list[float] = []  # until a round trip takes as long as in a service
        for _ in range(rounds):
            ping = await time_calls("blocking", [blocking.ping] * BATCH) / BATCH
            missing.append(ROUND_TRIP - ping)
            for name in chance.sample(list(calls), len(calls)):
                kind: Api = "blocking" if name.startswith("sync") else "async"
                took[name].append(await time_calls(kind, [calls[name]] * BATCH) / BATCH)
        lifetime = "none" if ttl is None else "an hour"
        for api, name, other in (("async", "owned", "plain"), ("blocking", "sync owned", "sync")):
            figures = [microseconds(median(took[each]) * 1e6) for each in (other, name)]
            corrected, others = (map(add, took[each], missing) for each in (name, other))
            ratio = times(median_ratio(corrected, others))
            hot = times(median_ratio(took[name], took[other]))
            rows.append([api, lifetime, *figures, f"{ratio} ({hot})"])
    await client.aclose()
    blocking.close()
    head = ["API", "ttl", "without a user, µs", "of a user, µs", "ratio (hot loop)"]
    return Table("Adding an item", head, rows, texts=2)


def memory(client: redis.Redis) -> Table:
    """Tell what the server needs for a conversation of one item, and for its place in the index."""
    manager = SyncRedisSessionManager(client, ttl=None)
    manager.session("conversation-000000").add_items([ITEM])
    plain = used(client, "session:conversation-000000")
    prefix = f"session{{with-{SIZES[1]}}}"
    session, index = f"{prefix}:conversation-000000", f"{prefix}~index"
    parts = [
        ("list, without a user", plain),
        ("list, of a user", used(client, session)),
        ("title, time of creation", used(client, f"{session}:~:info")),
        ("place in the index", used(client, index) / SIZES[1]),
    ]
    rows = [[name, size(value)] for name, value in parts]
    return Table("Memory", ["a conversation with one item of 300 characters", "memory"], rows)


def used(client: redis.Redis, key: str) -> float:
    return float(client.memory_usage(key, samples=0) or 0)


def erasing(server: Server) -> Table:
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
    rows = [
        [name, *(f"{1000 * value:.2f}" for value in (median(pings), p99(pings), max(pings)))]
        for name, pings in (("before", quiet), ("while erasing", during))
    ]
    title = f"Erasing {ERASED:,} conversations took {took:.2f} s; a PING of another client, in ms"
    client.close()
    other.close()
    return Table(title, ["", "median", "99 of 100", "slowest"], rows)


def p99(values: list[float]) -> float:
    return sorted(values)[len(values) * 99 // 100]


def main() -> None:
    """Measure, print, and keep the tables if asked to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    options.add_argument("--quick", action="store_true", help="a trial run")
    arguments = options.parse_args()
    rounds = 20 if arguments.quick else 600
    pin()
    with Server() as server:
        client = redis.Redis(host=server.host, port=server.port)
        found = {
            "users-pages": pages(client, rounds),
            "users-adds": asyncio.run(adds(server, rounds)),
            "users-memory": memory(client),
            "users-erasing": erasing(server),
        }
        client.close()
    for name, table in found.items():
        print(table.plain(), end="\n\n")
        if arguments.write:
            PAGES.joinpath(f"{name}.md").write_text(table.markdown() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
