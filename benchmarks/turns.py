"""A whole turn with a tool call: `session.turn`, plain calls, raw redis-py, the SDK's session.

    python -m benchmarks.turns             # print the table
    python -m benchmarks.turns --write     # and keep it for the performance page
    python -m benchmarks.turns --redraw    # draw what was kept once more
    python -m benchmarks.turns --quick     # a trial run, with few rounds

A turn reads the history once and adds five times: the question, the reasoning, the tool call, its
output, the answer. Raw redis-py sends one LRANGE and five RPUSH, and does the same JSON. The
ways take turns in every round, so that a busy moment hits all of them; the table shows medians as
ratios to raw redis-py. With a delay, a proxy adds a millisecond to every round trip. The exit
status is 1 if a bound is exceeded, except in a quick run, whose figures are not reliable.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
from agents.extensions.memory import RedisSession as SdkSession

from benchmarks import charts
from benchmarks.bounds import Bound
from benchmarks.facts import of_bounds
from benchmarks.machine import machine, versions
from benchmarks.results import Results
from benchmarks.tables import Table, times
from openai_agents_session import RedisSession, SyncRedisSession
from tests.support.proxy import FaultProxy
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.facts import Facts

SIZES = (0, 100, 1_000)
ROUNDS, QUICK_ROUNDS = 150, 10

LOOPBACK, DELAYED = "loopback", "1 ms"
BOUNDS = {LOOPBACK: 0.9, DELAYED: 0.45}  # of a turn, compared with raw redis-py

QUESTION: Any = {"role": "user", "content": "What is the weather in Rome? " * 10}
REASONING: Any = {"type": "reasoning", "id": "rs_1", "summary": []}
CALL: Any = {
    "type": "function_call",
    "call_id": "call_1",
    "name": "weather",
    "arguments": '{"city": "Rome"}',
}
OUTPUT: Any = {"type": "function_call_output", "call_id": "call_1", "output": "Sunny. " * 60}
ANSWER: Any = {"role": "assistant", "content": "It is sunny in Rome. " * 20}
STEPS = ([QUESTION], [REASONING], [CALL], [OUTPUT], [ANSWER])
HISTORY = [item for step in STEPS for item in step]

WAYS = {"turn": "session.turn", "plain": "plain calls", "sdk": "SDK's session"}


async def raw_async(client: Any, key: str) -> None:
    """Make the calls that a turn stands for, by hand."""
    [json.loads(element) for element in await client.lrange(key, 0, -1)]
    for [item] in STEPS:
        await client.rpush(key, json.dumps(item, ensure_ascii=False))


def raw_blocking(client: Any, key: str) -> None:
    """Do the same with a blocking client."""
    [json.loads(element) for element in client.lrange(key, 0, -1)]
    for [item] in STEPS:
        client.rpush(key, json.dumps(item, ensure_ascii=False))


async def plain_async(session: Any) -> None:
    """Make the same calls of a session."""
    await session.get_items()
    for step in STEPS:
        await session.add_items(step)


def plain_blocking(session: Any) -> None:
    """Make the same calls of a blocking session."""
    session.get_items()
    for step in STEPS:
        session.add_items(step)


async def turn_async(session: RedisSession) -> None:
    """Make them inside a turn."""
    async with session.turn() as turn:
        await plain_async(turn)


def turn_blocking(session: SyncRedisSession) -> None:
    """Make them inside a turn of a blocking session."""
    with session.turn() as turn:
        plain_blocking(turn)


async def medians(
    ways: dict[str, Callable[[], Awaitable[None] | None]], trim: Callable[[], object], rounds: int
) -> dict[str, float]:
    """Run the ways in turn, each on a history of the same length; return seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 5):
        for name, way in ways.items():
            trim()
            started = time.perf_counter()
            result = way()
            if result is not None:
                await result
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(found[5:]) for name, found in seconds.items()}


async def measure(server: Server, port: int, trip: str, rounds: int) -> list[Facts]:
    """Return the microseconds of each way, by API and length."""
    found: list[Facts] = []
    admin = redis.Redis(host=server.host, port=server.port)
    awaited = redis.asyncio.Redis(host=server.host, port=port)
    blocking = redis.Redis(host=server.host, port=port)
    for size in SIZES:
        history = [json.dumps(HISTORY[n % len(HISTORY)], ensure_ascii=False) for n in range(size)]
        ours, twin = RedisSession("u", awaited), SyncRedisSession("u", blocking)
        sdk = SdkSession("u", redis_client=awaited)
        keys = (ours.key, "raw", f"{sdk._key_prefix}:u:messages")

        def trim(size: int = size, keys: tuple[str, ...] = keys) -> None:
            for key in keys:
                admin.ltrim(key, 0, size - 1) if size else admin.delete(key)

        for key in keys:
            admin.delete(key)
            if history:
                admin.rpush(key, *history)
        both: dict[str, dict[str, Callable[[], Any]]] = {
            "async": {
                "raw": partial(raw_async, awaited, "raw"),
                "turn": partial(turn_async, ours),
                "plain": partial(plain_async, ours),
                "sdk": partial(plain_async, sdk),
            },
            "blocking": {
                "raw": partial(raw_blocking, blocking, "raw"),
                "turn": partial(turn_blocking, twin),
                "plain": partial(plain_blocking, twin),
            },
        }
        for api, ways in both.items():
            took = await medians(ways, trim, rounds)
            us = {way: round(seconds * 1e6, 1) for way, seconds in took.items()}
            found.append({"round trip": trip, "api": api, "items": size, "us": us})
    await awaited.aclose()
    blocking.close()
    admin.close()
    return found


def bounds(facts: Facts) -> list[Bound]:
    """Return what a turn may cost, for each row of the table."""
    return [
        Bound(
            f"turn, {row['api']}, {row['items']:,} items, {row['round trip']}: session.turn / raw",
            row["us"]["turn"] / row["us"]["raw"],
            BOUNDS[row["round trip"]],
        )
        for row in facts["turns"]
    ]


def table(facts: Facts) -> Table:
    """Return the ratios, and whether the bounds hold."""
    rows = []
    for row, bound in zip(facts["turns"], bounds(facts), strict=True):
        us = row["us"]
        ratios = [times(us[way] / us["raw"]) if way in us else "-" for way in WAYS]
        verdict = [f"at most {times(bound.limit)}", "ok" if bound.holds else "OVER"]
        rows.append([row["round trip"], row["api"], f"{row['items']:,}", *ratios, *verdict])
    turn, *others = WAYS.values()
    head = ["round trip", "API", "items before", f"`{turn}`", *others, f"bound of `{turn}`", ""]
    return Table("Whole turns, compared with raw redis-py", head, rows, texts=2)


RESULTS = Results(
    "turns",
    lambda facts: {"turns": table(facts)},
    {"turns": partial(charts.turns, ways=WAYS)},
    lambda facts: of_bounds(bounds(facts)),
)


def main() -> int:
    """Measure, print, and keep the results if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    return RESULTS.main(parser, _measure)


def _measure(options: argparse.Namespace) -> Facts:
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    with Server() as server, FaultProxy(server.host, server.port) as proxy:
        proxy.latency = 0.001
        near = asyncio.run(measure(server, server.port, LOOPBACK, rounds))
        far = asyncio.run(measure(server, proxy.port, DELAYED, max(rounds // 3, 5)))
    return {"machine": machine(pinned=False), "versions": versions(), "turns": near + far}


if __name__ == "__main__":
    sys.exit(main())
