"""A store on its own server, behind a proxy that can break connections."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.proxy import FaultProxy
from tests.support.resp import rows
from tests.support.server import Server

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping

    from benchmarks.peers import Peer, Store, Way
    from tests.support.server import Option


@dataclass(frozen=True)
class Bench:
    peer: Peer
    server: Server
    proxy: FaultProxy
    chance: random.Random
    client: Any

    def session(self, name: str = "user-123") -> Store:
        return self.peer.make(name, self.client)

    def crash(self) -> None:
        """Kill the server, and restart it from its append-only file."""
        self.server.kill()
        self.proxy.cut_all()
        self.server.restart()

    def keys_without_ttl(self) -> int:
        """Count the keys that will never expire."""
        with self.server.connect() as connection:
            keys = [key for key in rows(connection.call("KEYS", "*")) if isinstance(key, bytes)]
            return connection.pipeline(*(("TTL", key) for key in keys)).count(-1)

    async def pace(self, calls: Iterable[Awaitable[object]]) -> float:
        """Make calls one after another; return the seconds within which most of them end."""
        seconds = []
        for call in calls:
            started = time.perf_counter()
            await call
            seconds.append(time.perf_counter() - started)
        return 1.25 * statistics.median(seconds)

    async def cancelled(self, call: Awaitable[object], longest: float) -> bool:
        """Cancel a call at a random moment; return whether it had not ended by then."""
        task = asyncio.ensure_future(call)
        await asyncio.wait({task}, timeout=self.chance.uniform(0, longest))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        return False

    async def quiet(self) -> None:
        """Wait until no command is in progress, including those of cancelled calls."""
        before = None
        while before != (before := self.proxy.stats):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.2)


@asynccontextmanager
async def opened(
    peer: Peer,
    chance: random.Random,
    way: Way = "from_url",
    options: Mapping[str, Option] | None = None,
) -> AsyncIterator[Bench]:
    """Start a server with these options and a proxy in front of it, and connect to the proxy."""
    seed = chance.randrange(1 << 30)
    with Server(options) as server, FaultProxy(*server.address, seed=seed) as proxy:
        async with connected(peer, way, *proxy.address) as client:
            yield Bench(peer, server, proxy, chance, client)


@asynccontextmanager
async def connected(peer: Peer, way: Way, host: str, port: int) -> AsyncIterator[Any]:
    """Create a client, to be shared by all sessions of a scenario."""
    client = peer.connect(way, host, port)
    try:
        yield client
    finally:
        if hasattr(client, "aclose"):
            await client.aclose()
        else:
            client.close()
