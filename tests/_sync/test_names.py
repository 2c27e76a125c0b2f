# Generated from tests/_async/test_names.py by tools/generate.py; edit that file instead.
"""Names with every kind of character: the right key, the right slot, no collision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

if TYPE_CHECKING:
    from .._blocking import Redis, RedisCluster
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


def use(session: SyncRedisSession, name: str) -> None:
    """Every operation, on data that tells whose it is."""
    mine: Any = [{"role": "user", "content": name}]
    assert session.get_items() == []
    session.add_items(mine)
    session.add_items([A])
    assert session.pop_item() == A
    assert session.get_items() == mine
    with session.lock(blocking_timeout=0):
        assert session.lock(blocking_timeout=0).acquire() is False
    session.replace_items([*mine, A])
    assert session.count() == 2
    session.replace_items(mine)


def test_names_are_safe(client: Redis) -> None:
    sessions = {name: SyncRedisSession(name, client, ttl=1000) for name in NAMES}
    for name, session in sessions.items():
        use(session, name)
    for name, session in sessions.items():
        assert session.get_items() == [{"role": "user", "content": name}]
        [element] = client.lrange(f"openai_agents_session:{name}", 0, -1)
        assert element


@pytest.mark.parametrize("prefix", NAMES)
def test_prefixes_are_safe(client: Redis, prefix: str) -> None:
    session = SyncRedisSession("user-123", client, key_prefix=prefix)
    use(session, prefix)
    assert client.exists(f"{prefix}:user-123")
    session.clear_session()
    assert not client.exists(f"{prefix}:user-123")


def test_names_are_safe_on_a_cluster(cluster: Cluster, cluster_client: RedisCluster) -> None:
    sessions = {name: SyncRedisSession(name, cluster_client, ttl=1000) for name in NAMES}
    for name, session in sessions.items():
        use(session, name)
    for name, session in sessions.items():
        assert session.get_items() == [{"role": "user", "content": name}]
    slots = {cluster.slot_of(session.key) for session in sessions.values()}
    assert len(slots) > 5  # spread over the cluster, not all in one place


def test_two_names_share_no_lock(client: Redis) -> None:
    plain = SyncRedisSession("u", client, key_prefix="p")
    tagged = SyncRedisSession("u}", client, key_prefix="{p")
    assert tagged.key == f"{{{plain.key}}}"
    with plain.lock(blocking_timeout=0), tagged.lock(blocking_timeout=0):
        pass
