# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A manager's client: whose it is, what it is made with, and what happens when Redis fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from redis import exceptions

from openai_agents_session import RedisSession, RedisSessionManager

from .._aio import together
from ..support.internals import client_of
from ..support.ports import free_port
from ..support.server import Server
from .manager_calls import HELLO, store_and_read

if TYPE_CHECKING:
    from .._aio import Action, Redis
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.sentinel import SentinelGroup


def connections(server: Server) -> int:
    """Count the clients of the server, without the one that asks."""
    return int(server.info("clients")["connected_clients"]) - 1


async def error_of(call: Action) -> object:
    """Return the error that a call raises."""
    try:
        return await call()
    except exceptions.RedisError as error:
        return error


async def test_its_own_client_is_closed(server: Server) -> None:
    before = connections(server)
    manager = RedisSessionManager(url=server.url)
    assert connections(server) == before
    await store_and_read(manager)
    assert connections(server) > before
    await manager.close()
    await manager.close()
    assert connections(server) == before


async def test_a_closed_manager_is_finished_and_so_are_its_sessions(server: Server) -> None:
    async with RedisSessionManager(url=server.url) as manager:
        session = manager.session("user-123")
        ids = manager.session_ids()
        assert await session.get_items() == []
        assert [session_id async for session_id in ids] == []
    operations: list[Action] = [
        lambda: manager.store_message("user-123", "user", "Hello"),
        lambda: manager.get_history("user-123"),
        lambda: manager.clear_session("user-123"),
        lambda: manager.stats("user-123"),
        session.get_items,
        session.pop_item,
    ]
    for operation in operations:
        with pytest.raises(RuntimeError, match="is closed; create a new one"):
            await operation()
    for refused in (
        lambda: manager.session("user-123"),
        manager.session_ids,
        session.lock,
    ):
        with pytest.raises(RuntimeError, match="is closed; create a new one"):
            refused()


async def test_a_client_that_was_passed_in_stays_open(real_client: Redis) -> None:
    async with RedisSessionManager(real_client) as manager:
        session = manager.session("user-123")
    await store_and_read(manager)
    assert await session.get_items() == []
    assert await real_client.ping()


async def test_over_a_unix_socket(unix_server: Server) -> None:
    async with RedisSessionManager(url=f"unix://{unix_server.unix_socket}?db=1") as manager:
        await store_and_read(manager)


async def test_in_memory() -> None:
    url = f"memory://{uuid4()}"
    async with RedisSessionManager(url=url, redis_kwargs={"socket_timeout": 1.0}) as manager:
        await store_and_read(manager)
        await manager.store_message("user-123", "user", "Hello")
    async with RedisSessionManager(url=url) as again:
        assert await again.get_history("user-123") == [HELLO]
    async with RedisSession.from_url("user-123", url, key_prefix="session") as session:
        assert await session.get_items() == [HELLO]
    async with RedisSessionManager(url=url + "-other") as other:
        assert await other.get_history("user-123") == []


async def test_through_sentinels(sentinels: SentinelGroup) -> None:
    hosts = ",".join(f"{host}:{port}" for host, port in sentinels.sentinels)
    url = f"redis+sentinel://{hosts}/{sentinels.service_name}/3"
    before = [connections(server) for server in (sentinels.primary, *sentinels.watchers)]
    async with RedisSessionManager(url=url) as manager:
        await store_and_read(manager)
        await manager.store_message("user-123", "user", "Hello")
        with sentinels.primary.connect() as connection:
            connection.call("SELECT", 3)
            assert connection.call("EXISTS", "session:user-123") == 1
    async with RedisSession.from_url("user-123", url, key_prefix="session") as session:
        await session.clear_session()
    assert [connections(server) for server in (sentinels.primary, *sentinels.watchers)] == before


async def test_a_dead_sentinel_is_asked_once(sentinels: SentinelGroup, proxy: FaultProxy) -> None:
    asked = proxy.arm("cut_before", times=None)
    addresses = [(proxy.host, proxy.port), *sentinels.sentinels]
    hosts = ",".join(f"{host}:{port}" for host, port in addresses)
    async with RedisSessionManager(
        url=f"redis+sentinel://{hosts}/{sentinels.service_name}"
    ) as manager:
        assert await manager.store_message("user-123", "user", "Hello") is True
        assert await manager.clear_session("user-123") is True
    assert asked.fired == 1


async def test_on_a_cluster(cluster: Cluster) -> None:
    before = sum(connections(node) for node in cluster.nodes)
    hosts = ",".join(f"{host}:{port}" for host, port in cluster.startup)
    async with RedisSessionManager(url=f"redis+cluster://{hosts}") as manager:
        await store_and_read(manager)
    async with RedisSession.from_url("user-123", f"redis+cluster://{hosts}/0") as session:
        assert await session.count() == 0
    # Fewer, if a client of an earlier test has been collected since.
    assert sum(connections(node) for node in cluster.nodes) <= before


@pytest.mark.usefixtures("no_patience")
@pytest.mark.slow
async def test_a_cluster_that_is_down_keeps_nothing_from_starting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    manager = RedisSessionManager(url=f"redis+cluster://127.0.0.1:{free_port()}")
    assert await manager.get_history("user-123") == []
    assert "get_history failed: RedisClusterException: " in caplog.text
    await manager.close()
    await RedisSessionManager(url=f"redis+cluster://127.0.0.1:{free_port()}").close()


async def test_redis_kwargs_go_before_defaults(server: Server) -> None:
    name = f"mine-{uuid4()}"
    options: Any = {"client_name": name, "socket_timeout": 2.0, "decode_responses": True}
    async with RedisSessionManager(url=server.url, redis_kwargs=options) as manager:
        await store_and_read(manager)
        listed: Any = server.command("CLIENT", "LIST")
        assert name.encode() in listed
        settings = client_of(manager).get_connection_kwargs()
    assert settings["socket_timeout"] == 2.0
    assert settings["socket_connect_timeout"] == 5.0
    assert settings["socket_keepalive"] is True
    assert settings["health_check_interval"] == 30


async def test_a_server_that_dies_and_returns(
    own_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with RedisSessionManager(url=own_server.url) as manager:
        assert await manager.store_message("user-123", "user", "Hello") is True
        own_server.kill()
        answers = await together(
            lambda: manager.store_message("user-123", "user", "my secret"),
            lambda: manager.get_history("user-123"),
            lambda: manager.clear_session("user-123"),
            lambda: error_of(lambda: manager.stats("user-123")),
            lambda: error_of(manager.session("user-123").get_items),
        )
        assert answers[:3] == [False, [], False]
        for error in answers[3:]:
            assert isinstance(error, exceptions.ConnectionError)
            assert "session:user-123" in str(error)
        with pytest.raises(exceptions.ConnectionError):
            assert [session_id async for session_id in manager.session_ids()]
        own_server.restart()
        assert await manager.store_message("user-123", "user", "Hello") is True
        assert await manager.get_history("user-123") == [HELLO]
    logged = sorted(record.getMessage().partition("Error: ")[0] for record in caplog.records)
    assert logged == [
        f"session key 'session:user-123': {operation} failed: Connection"
        for operation in ("clear_session", "get_history", "store_message")
    ]
    assert "secret" not in caplog.text


async def test_a_lost_reply_stores_once(proxy: FaultProxy) -> None:
    async with RedisSessionManager(url=proxy.url) as manager:
        assert await manager.store_message("user-123", "user", "Hello") is True
        fault = proxy.arm("cut_after", b"EVALSHA")
        assert await manager.store_message("user-123", "user", "Hello") is True
        assert fault.fired == 1
        assert await manager.get_history("user-123") == [HELLO] * 2


async def test_a_refusal_is_logged_without_content(
    server: Server, real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await real_client.set("session:user-123", "somebody else's")
    manager = RedisSessionManager(real_client)
    assert await manager.store_message("user-123", "user", "my secret") is False
    assert await manager.get_history("user-123") == []
    assert await manager.clear_session("user-123") is False
    assert len(caplog.records) == 3
    assert caplog.text.count("WRONGTYPE") == 3
    assert "secret" not in caplog.text


async def test_a_server_without_scripts_is_logged_without_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Server({"rename-command": ["EVALSHA", ""]}) as server:
        manager = RedisSessionManager(url=server.url, key_prefix="s")
        assert await manager.store_message("u", "user", "my secret") is False
        await manager.close()
    [record] = caplog.records
    assert "unknown command 'EVALSHA'" in record.getMessage().replace("`", "'")
    assert "args" not in record.getMessage()
    assert "secret" not in caplog.text
