"""The peak memory of Python while it reads a long session."""

from __future__ import annotations

import asyncio
import tracemalloc
from multiprocessing import get_context
from typing import TYPE_CHECKING

from benchmarks.stores import SESSIONS, TTL, Arena, finished, refill

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from tests.support.server import Server

ITEMS = 10_000


def peaks_in_python(server: Server, release: Path, folder: Path) -> dict[str, int]:
    """Read 10,000 items with each store, in separate forks; return the peaks in bytes."""
    return {store: _in_a_fork(store, server, release, folder) for store in SESSIONS}


def _in_a_fork(store: str, server: Server, release: Path, folder: Path) -> int:
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, store, server, release, folder))
    process.start()
    sender.close()
    try:
        return int(receiver.recv())
    except EOFError:
        raise RuntimeError(f"{store} could not read its items") from None
    finally:
        process.join()
        receiver.close()


def _send(sender: Connection, store: str, server: Server, release: Path, folder: Path) -> None:
    sender.send(asyncio.run(_peak(store, server, release, folder)))


async def _peak(store: str, server: Server, release: Path, folder: Path) -> int:
    """Measure the memory that Python allocates, including the replies made by hiredis."""
    arena = Arena(server.address, release, folder)
    try:
        session = arena.session(store, "peak", TTL)
        await refill(store, session, ITEMS)
        await finished(session.get_items(20))  # to import modules that are imported late
        tracemalloc.start()
        items = await finished(session.get_items())
        if len(items) != ITEMS:
            raise RuntimeError(f"{len(items)} items were read")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        await arena.close()
