"""What telemetry costs: nothing while it is off, and what a span costs while it is on.

    python -m benchmarks.telemetry             # print the table
    python -m benchmarks.telemetry --write     # and keep it for the page about telemetry

Ratios are medians of the ratios within each round, in which everything that is compared runs once.
`bare` calls the method without what reports it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from benchmarks.machine import pin
from benchmarks.rounds import median_ratio, time_calls
from benchmarks.tables import Table, microseconds, times
from openai_agents_session import RedisSession, SyncRedisSession
from openai_agents_session.otel import instrument, uninstrument
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.stores import Api

    Work = Callable[[], Any]

PAGES = Path(__file__).parents[1] / "docs" / "_measured"
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


async def measure(api: Api, session: Any, rounds: int) -> list[list[str]]:
    """Make each call bare, with telemetry off, and with telemetry on."""
    traces = TracerProvider()
    traces.add_span_processor(BatchSpanProcessor(_Discarding()))
    meters = MeterProvider()
    rows, chance = [], random.Random(17)
    for name, (without, work) in works(api, session).items():
        took: dict[str, list[float]] = {"bare": [], "off": [], "on": []}
        for _ in range(rounds):
            for way in chance.sample(list(took), len(took)):
                if way == "on":
                    instrument(traces, meters)
                calls = [without if way == "bare" else work] * BATCH
                took[way].append(await time_calls(api, calls) / BATCH)
                uninstrument()
        off = "" if without is work else times(median_ratio(took["off"], took["bare"]))
        on = times(median_ratio(took["on"], took["off"]))
        figures = [microseconds(median(took[way]) * 1e6) for way in ("off", "on")]
        rows.append([api, name, figures[0], off, figures[1], on])
    traces.shutdown()
    meters.shutdown()
    return rows


async def table(server: Server, rounds: int) -> Table:
    """Measure both APIs."""
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    rows = await measure("async", RedisSession("ada", client), rounds)
    await client.aclose()
    with redis.Redis(host=server.host, port=server.port) as blocking:
        blocking.flushall()
        rows += await measure("blocking", SyncRedisSession("ada", blocking), rounds)
    head = ["API", "call", "off, µs", "against bare", "on, µs", "against off"]
    return Table("What telemetry costs", head, rows, texts=2)


def main() -> None:
    """Measure, print, and keep the table if asked to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    options.add_argument("--rounds", type=int, default=1_000)
    arguments = options.parse_args()
    pin()
    with Server() as server:
        found = asyncio.run(table(server, arguments.rounds))
    print(found.plain())
    if arguments.write:
        PAGES.joinpath("telemetry.md").write_text(found.markdown() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
