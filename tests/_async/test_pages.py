# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Pages counted back from the newest item neither overlap nor leave anything out."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

if TYPE_CHECKING:
    from .._aio import Redis
    from ..support.cluster import Cluster
    from ..support.server import Server

BROKEN = [b"no JSON", b"[1]", b"null", b"\xff\xfe", b'{"half', b'"text"', b"7"]


def items(count: int) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in range(count)]


async def pages(session: RedisSession, size: int) -> list[list[Any]]:
    """Read page by page, the newest first, until there are no more."""
    found: list[list[Any]] = []
    for number in range(100):
        page: list[Any] = await session.get_items(size, skip=number * size)
        if not page:
            return found
        found.append(page)
    raise AssertionError("there is no end")


async def check(session: RedisSession, stored: list[Any]) -> None:
    for size in (1, 2, 3, 7, len(stored), len(stored) + 5):
        found = await pages(session, size)
        assert [item for page in reversed(found) for item in page] == stored
        assert {len(page) for page in found[:-1]} <= {size}


@pytest.mark.parametrize("ttl", [None, 1000])
async def test_pages(client: Redis, ttl: int | None) -> None:
    session = RedisSession("ada", client, ttl=ttl)
    await session.add_items(items(23))
    await check(session, items(23))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ttl", [None, 1000])
async def test_broken_elements_do_not_count(server: Server, ttl: int | None, seed: int) -> None:
    chance = random.Random(seed)
    async with RedisSession.from_url("ada", server.url, ttl=ttl) as session:
        for item in items(20):
            for _ in range(chance.choice([0, 0, 1, 5])):
                server.command("RPUSH", session.key, chance.choice(BROKEN))
            await session.add_items([item])
        server.command("RPUSH", session.key, *BROKEN * seed, "null")
        await check(session, items(20))


async def test_a_long_run_of_broken_elements(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        await session.add_items(items(2))
        server.command("RPUSH", session.key, *BROKEN * 100)
        await session.add_items(items(4)[2:])
        assert await session.get_items(1, skip=2) == items(4)[1:2]
        await check(session, items(4))


async def test_on_a_client_that_decodes(server: Server) -> None:
    options = {"decode_responses": True}
    async with RedisSession.from_url("ada", server.url, redis_kwargs=options) as session:
        for item in items(5):
            await session.add_items([item])
            server.command("RPUSH", session.key, *BROKEN)
        await check(session, items(5))


async def test_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    url = f"redis+cluster://{host}:{port}"
    async with RedisSession.from_url("ada", url, ttl=1000) as session:
        for item in items(9):
            await session.add_items([item])
            cluster.node_for(session.key).command("RPUSH", session.key, *BROKEN)
        await check(session, items(9))


async def test_skip_without_a_limit(client: Redis) -> None:
    session = RedisSession("ada", client)
    await session.add_items(items(5))
    assert await session.get_items(skip=2) == items(3)
    assert await session.get_items(skip=0) == items(5)
    assert await session.get_items(skip=5) == []
    assert await session.get_items(skip=99) == []


async def test_skip_with_the_limit_of_the_settings(client: Redis) -> None:
    session = RedisSession("ada", client, session_settings={"limit": 2})
    await session.add_items(items(5))
    assert await session.get_items(skip=1) == items(4)[2:]
    assert await session.get_items(0, skip=1) == []
    assert await session.get_items(-1, skip=1) == []


@pytest.mark.parametrize(
    ("skip", "error"), [(-1, ValueError), ("1", TypeError), (1.0, TypeError), (True, TypeError)]
)
async def test_what_skip_cannot_be(client: Redis, skip: Any, error: type[Exception]) -> None:
    session = RedisSession("ada", client)
    with pytest.raises(error, match="skip"):
        await session.get_items(1, skip=skip)
