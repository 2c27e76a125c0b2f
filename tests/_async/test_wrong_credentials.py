# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A wrong password is tried once, wherever it is refused, and the error says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError

from openai_agents_session import RedisSession, RedisSessionManager

from .._aio import Redis, Retry
from ..support.resp import rows, text
from ..support.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._aio import Action
    from ..support.cluster import Cluster
    from ..support.sentinel import SentinelGroup

KEY = "openai_agents_session:ada"
REJECTED = f"Redis rejected the credentials for session key '{KEY}': .*; check the user name"

ITEM: Any = {"role": "user", "content": "what nobody else may read"}


def operations(session: RedisSession) -> dict[str, Action]:
    return {
        "get_items": session.get_items,
        "add_items": lambda: session.add_items([ITEM]),
        "pop_item": session.pop_item,
        "clear_session": session.clear_session,
        "replace_items": lambda: session.replace_items([ITEM]),
        "count": session.count,
        "expires_in": session.expires_in,
        "lock": session.lock(blocking_timeout=0).acquire,
    }


def forget_logins(servers: Sequence[Server]) -> None:
    for server in servers:
        server.command("ACL", "LOG", "RESET")


def refused_logins(servers: Sequence[Server]) -> int:
    """Count how often a server refused a user name or a password."""
    count = 0
    for server in servers:
        for entry in rows(server.command("ACL", "LOG")):
            words = rows(entry)
            fields = dict(zip(map(text, words[::2]), words[1::2], strict=True))
            if fields["reason"] == b"auth":
                number = fields["count"]
                assert isinstance(number, int)
                count += number
    return count


async def is_refused_once(
    session: RedisSession, servers: Sequence[Server], logins: Sequence[int] = (1,)
) -> None:
    """Check every operation: the error, and how many logins the servers refused for it."""
    for name, operation in operations(session).items():
        forget_logins(servers)
        with pytest.raises(AuthenticationError, match=REJECTED) as caught:
            await operation()
        assert refused_logins(servers) in logins, name
        assert caught.value.__cause__ not in {None, caught.value}
        assert "secret" not in str(caught.value)
        assert "nobody else" not in str(caught.value)


async def test_on_one_server(server: Server) -> None:
    url = f"redis://eve:secret@{server.host}:{server.port}"
    async with RedisSession.from_url("ada", url, ttl=100) as session:
        await is_refused_once(session, [server])


async def test_the_attempts_of_a_client_are_not_multiplied(server: Server) -> None:
    client = Redis(
        host=server.host,
        port=server.port,
        username="eve",
        password="secret",
        retry=Retry(NoBackoff(), 2),
    )
    forget_logins([server])
    with pytest.raises(AuthenticationError):
        await client.get("anything")
    await is_refused_once(
        RedisSession("ada", client, ttl=100), [server], [refused_logins([server])]
    )
    await client.aclose()


async def test_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    url = f"redis+cluster://eve:secret@{host}:{port}"
    async with RedisSession.from_url("ada", url, ttl=100) as session:
        await is_refused_once(session, cluster.nodes)


async def test_a_user_that_is_deleted_while_a_cluster_client_is_in_use(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.command("ACL", "SETUSER", "eve", "reset", "on", ">secret", "~*", "+@all")
    host, port = cluster.startup[0]
    url = f"redis+cluster://eve:secret@{host}:{port}"
    async with RedisSession.from_url("ada", url, ttl=100) as session:
        await session.add_items([ITEM])
        for node in cluster.nodes:
            node.command("ACL", "DELUSER", "eve")  # which closes the connections of that user
        # redis-py itself then asks each node once what the cluster looks like now.
        await is_refused_once(session, cluster.nodes, range(1, len(cluster.nodes) + 2))


def sentinel_url(sentinels: SentinelGroup, user: str = "", options: str = "") -> str:
    host, port = sentinels.sentinels[0]
    return f"redis+sentinel://{user}{host}:{port}/{sentinels.service_name}{options}"


async def test_on_the_primary_of_sentinels(sentinels: SentinelGroup) -> None:
    url = sentinel_url(sentinels, user="eve:secret@")
    async with RedisSession.from_url("ada", url, ttl=100) as session:
        await is_refused_once(session, sentinels.servers)


async def test_on_a_sentinel(sentinels: SentinelGroup) -> None:
    options = "?sentinel_username=eve&sentinel_password=secret"
    url = sentinel_url(sentinels, options=options)
    async with RedisSession.from_url("ada", url, ttl=100) as session:
        await is_refused_once(session, sentinels.watchers)


async def test_no_password_at_all() -> None:
    with Server(requirepass="secret") as server:
        url = f"redis://{server.host}:{server.port}"
        async with RedisSession.from_url("ada", url, ttl=100) as session:
            for operation in operations(session).values():
                with pytest.raises(AuthenticationError, match=REJECTED):
                    await operation()


async def test_a_ping_is_refused_once(server: Server) -> None:
    url = f"redis://eve:secret@{server.host}:{server.port}"
    async with RedisSession.from_url("ada", url) as session:
        forget_logins([server])
        assert await session.ping() is False
        assert refused_logins([server]) == 1


async def ids_of(manager: RedisSessionManager) -> list[str]:
    return [session_id async for session_id in manager.session_ids()]


async def test_a_listing_is_refused_once(server: Server) -> None:
    url = f"redis://eve:secret@{server.host}:{server.port}"
    async with RedisSessionManager(url=url) as manager:
        forget_logins([server])
        with pytest.raises(AuthenticationError, match=r"credentials for session keys 'session:\*'"):
            await ids_of(manager)
        assert refused_logins([server]) == 1
