"""The cost of an operation besides time: commands, round trips, bytes, and server work."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.commandstats import read_commands
from benchmarks.operations import OPERATIONS, Work, prepare, run
from benchmarks.stores import STORES, Arena
from tests.support.proxy import FaultProxy
from tests.support.resp import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from benchmarks.rounds import Key
    from tests.support.resp import Connection
    from tests.support.server import Server

_PASSES = 5
_COUNTED = 2  # calls; all calls of an operation cost the same
_LATENCY = 0.005  # seconds


@dataclass(frozen=True)
class Traffic:
    """The commands and round trips of one operation."""

    commands: float
    trips: float


class Cost(NamedTuple):
    """The cost of one operation to the server."""

    received: float  # bytes
    sent: float
    seconds: float  # of processor time, in the server and in the kernel for it
    executing: float  # seconds in which it carried out commands
    in_scripts: float  # commands that scripts ran


async def count_traffic(
    server: Server, release: Path, folder: Path, operations: Iterable[str]
) -> dict[Key, Traffic]:
    """Count the commands and round trips of every store that uses Redis, with a proxy."""
    counted = {}
    with FaultProxy(*server.address) as proxy:
        arena = Arena(proxy.address, release, folder)
        try:
            for operation in operations:
                for store in OPERATIONS[operation].stores:
                    if STORES[store].on_redis:
                        work = await prepare(arena, operation, store)
                        counted[operation, store] = await _count(proxy, work)
        finally:
            await arena.close()
    return counted


async def _count(proxy: FaultProxy, work: Work) -> Traffic:
    few = Work(work.calls[:_COUNTED], work.reset, work.each)
    await few.reset()
    await run(few)  # connects, and loads the scripts
    await few.reset()
    # A large pipeline is sent in pieces. If the first reply came before the last piece was sent,
    # the proxy would count another round trip.
    proxy.latency = _LATENCY
    before = proxy.stats
    await run(few)
    after = proxy.stats
    proxy.latency = 0.0
    return Traffic(
        (after.commands - before.commands) / few.size,
        (after.requests - before.requests) / few.size,
    )


async def weigh(server: Server, works: Mapping[Key, Work]) -> dict[Key, Cost]:
    """Return the costs of operations as reported by the server."""
    with server.connect() as connection:
        return {
            key: await _weigh(connection, work, await _sent(server, work))
            for key, work in works.items()
            if STORES[key[1]].on_redis
        }


async def _sent(server: Server, work: Work) -> Counter[str]:
    """Count the commands that clients send, by name."""
    await work.reset()
    with server.monitor() as monitor:
        await run(work)
    return Counter(monitor.names)


async def _weigh(connection: Connection, work: Work, sent: Counter[str]) -> Cost:
    """Return the median of some passes: other processes may interrupt the server."""
    passes = [await _weigh_once(connection, work, sent) for _ in range(_PASSES)]
    return Cost(*map(statistics.median, zip(*passes, strict=True)))


async def _weigh_once(connection: Connection, work: Work, sent: Counter[str]) -> Cost:
    await work.reset()
    earlier = read_commands(connection)
    empty = _readings(connection)
    before = _readings(connection)
    await run(work)
    after = _readings(connection)
    ran = read_commands(connection) - earlier
    totals = [
        max((end - start) - (start - nothing), 0.0)  # minus the cost of asking
        for nothing, start, end in zip(empty, before, after, strict=True)
    ]
    totals += [ran.seconds(sent), ran.in_scripts(sent)]
    return Cost(*(total / work.size for total in totals))


def _readings(connection: Connection) -> tuple[float, float, float]:
    answer = text(connection.call("INFO", "stats")) + text(connection.call("INFO", "cpu"))
    fields = dict(line.split(":", 1) for line in answer.splitlines() if ":" in line)
    return (
        float(fields["total_net_input_bytes"]),
        float(fields["total_net_output_bytes"]),
        float(fields["used_cpu_user"]) + float(fields["used_cpu_sys"]),
    )
