"""What telemetry costs: nothing while it is off, and what a span costs while it is on.

    python -m benchmarks.telemetry             # print the table
    python -m benchmarks.telemetry --write     # and keep it for the page about telemetry
    python -m benchmarks.telemetry --redraw    # draw what was kept once more
    python -m benchmarks.telemetry --quick     # a trial run, with few rounds

Ratios are medians of the ratios within each round, in which everything that is compared runs once.
`bare` calls the method without what reports it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from benchmarks.facts import microseconds_of
from benchmarks.machine import machine, pin, versions
from benchmarks.results import Results
from benchmarks.rounds import median_ratio, time_calls
from benchmarks.tables import Table, microseconds, times
from openai_agents_session import RedisSession, SyncRedisSession
from openai_agents_session.otel import instrument, uninstrument
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.facts import Facts
    from benchmarks.stores import Api

    Work = Callable[[], Any]

BATCH = 10
ITEM: Any = {"role": "user", "content": "What is the weather in Rome? " * 10}


class _Discarding(InMemorySpanExporter):
    """An exporter that costs nothing: what a real one costs is its own."""

    def export(self, spans: Any) -> Any:
        exported = super().export(spans)
        self.clear()
        return exported


def bare(session: Any, name: str) -> Callable[..., Any]:
    """Return a method of a session without what reports it."""
    method: Callable[..., Any] = getattr(type(session), name).__wrapped__
    return method


def works(api: Api, session: Any) -> dict[str, tuple[Work, Work]]:
    """Return what is measured: each operation bare, and as it is."""

    async def turn() -> None:
        async with session.turn() as turn:
            await turn.add_items([ITEM])
        await session.clear_session()

    def blocking_turn() -> None:
        with session.turn() as turn:
            turn.add_items([ITEM])
        session.clear_session()

    add, get = bare(session, "add_items"), bare(session, "get_items")
    a_turn = turn if api == "async" else blocking_turn
    return {
        "`add_items`": (lambda: add(session, [ITEM]), lambda: session.add_items([ITEM])),
        "`get_items(10)`": (lambda: get(session, 10), lambda: session.get_items(10)),
        "a turn, and a clear": (a_turn, a_turn),
    }


async def measure(api: Api, session: Any, rounds: int) -> list[Facts]:
    """Make each call bare, with telemetry off, and with telemetry on."""
    traces = TracerProvider()
    traces.add_span_processor(BatchSpanProcessor(_Discarding()))
    meters = MeterProvider()
    rows: list[Facts] = []
    chance = random.Random(17)
    for name, (without, work) in works(api, session).items():
        took: dict[str, list[float]] = {"bare": [], "off": [], "on": []}
        for _ in range(rounds):
            for way in chance.sample(list(took), len(took)):
                if way == "on":
                    instrument(traces, meters)
                calls = [without if way == "bare" else work] * BATCH
                took[way].append(await time_calls(api, calls) / BATCH)
                uninstrument()
        row = {"api": api, "call": name, "on / off": _ratio(took, "on", "off")}
        if without is not work:
            row["off / bare"] = _ratio(took, "off", "bare")
        rows.append(row | {"us": {way: microseconds_of(spent) for way, spent in took.items()}})
    traces.shutdown()
    meters.shutdown()
    return rows


def _ratio(took: dict[str, list[float]], way: str, other: str) -> float:
    return round(median_ratio(took[way], took[other]), 3)


async def both(server: Server, rounds: int) -> list[Facts]:
    """Measure both APIs."""
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    rows = await measure("async", RedisSession("ada", client), rounds)
    await client.aclose()
    with redis.Redis(host=server.host, port=server.port) as blocking:
        blocking.flushall()
        rows += await measure("blocking", SyncRedisSession("ada", blocking), rounds)
    return rows


def table(facts: Facts) -> Table:
    """Return what each call takes with telemetry off and on."""
    rows = [
        [
            row["api"],
            row["call"],
            microseconds(row["us"]["off"]),
            times(row["off / bare"]) if "off / bare" in row else "",
            microseconds(row["us"]["on"]),
            times(row["on / off"]),
        ]
        for row in facts["calls"]
    ]
    head = ["API", "call", "off, µs", "against bare", "on, µs", "against off"]
    return Table("What telemetry costs", head, rows, texts=2)


RESULTS = Results("telemetry", lambda facts: {"telemetry": table(facts)})


def main() -> int:
    """Measure, print, and keep the results if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    return RESULTS.main(parser, _measure)


def _measure(options: argparse.Namespace) -> Facts:
    pinned = pin()
    with Server() as server:
        calls = asyncio.run(both(server, 20 if options.quick else 1_000))
    return {"machine": machine(pinned=pinned), "versions": versions(), "calls": calls}


if __name__ == "__main__":
    sys.exit(main())
