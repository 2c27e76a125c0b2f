# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Names with every kind of character: the right key, the right slot, no collision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

if TYPE_CHECKING:
    from .._aio import Redis, RedisCluster
    from ..support.cluster import Cluster

NAMES = [
    "plain",
    "with space",
    "line\nbreak\r\n",
    "nul\x00inside",
    "glob*?[a-z]^\\",
    "colon:colon::",
    "{tag}",
    "{tag}rest",
    "rest{tag}",
    "{tag}{other}",
    "{open",
    "open{",
    "{tag}}",
    "\U0001f600\u4f60\u597d",
    "\xe9\u0301",
    "~lock",
    "~r:00",
    "x" * 5_000,
]

A: Any = {"role": "user", "content": "a"}


async def use(session: RedisSession, name: str) -> None:
    """Every operation, on data that tells whose it is."""
    mine: Any = [{"role": "user", "content": name}]
    assert await session.get_items() == []
    await session.add_items(mine)
    await session.add_items([A])
    assert await session.pop_item() == A
    assert await session.get_items() == mine
    async with session.lock(blocking_timeout=0):
        assert await session.lock(blocking_timeout=0).acquire() is False
    await session.replace_items([*mine, A])
    assert await session.count() == 2
    await session.replace_items(mine)


async def test_names_are_safe(client: Redis) -> None:
    sessions = {name: RedisSession(name, client, ttl=1000) for name in NAMES}
    for name, session in sessions.items():
        await use(session, name)
    for name, session in sessions.items():
        assert await session.get_items() == [{"role": "user", "content": name}]
        [element] = await client.lrange(f"openai_agents_session:{name}", 0, -1)
        assert element


@pytest.mark.parametrize("prefix", NAMES)
async def test_prefixes_are_safe(client: Redis, prefix: str) -> None:
    session = RedisSession("user-123", client, key_prefix=prefix)
    await use(session, prefix)
    assert await client.exists(f"{prefix}:user-123")
    await session.clear_session()
    assert not await client.exists(f"{prefix}:user-123")


async def test_names_are_safe_on_a_cluster(cluster: Cluster, cluster_client: RedisCluster) -> None:
    sessions = {name: RedisSession(name, cluster_client, ttl=1000) for name in NAMES}
    for name, session in sessions.items():
        await use(session, name)
    for name, session in sessions.items():
        assert await session.get_items() == [{"role": "user", "content": name}]
    slots = {cluster.slot_of(session.key) for session in sessions.values()}
    assert len(slots) > 5  # spread over the cluster, not all in one place


async def test_two_names_share_no_lock(client: Redis) -> None:
    plain = RedisSession("u", client, key_prefix="p")
    tagged = RedisSession("u}", client, key_prefix="{p")
    assert tagged.key == f"{{{plain.key}}}"
    async with plain.lock(blocking_timeout=0), tagged.lock(blocking_timeout=0):
        pass
