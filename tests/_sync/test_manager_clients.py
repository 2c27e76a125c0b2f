# Generated from tests/_async/test_manager_clients.py by tools/generate.py; edit that file instead.
"""A manager's client: whose it is, what it is made with, and what happens when Redis fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from redis import exceptions

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .._blocking import together
from ..support.internals import client_of
from ..support.ports import free_port
from ..support.server import Server
from .manager_calls import HELLO, store_and_read

if TYPE_CHECKING:
    from .._blocking import Action, Redis
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.sentinel import SentinelGroup


def connections(server: Server) -> int:
    """Count the clients of the server, without the one that asks."""
    return int(server.info("clients")["connected_clients"]) - 1


def error_of(call: Action) -> object:
    """Return the error that a call raises."""
    try:
        return call()
    except exceptions.RedisError as error:
        return error


def test_its_own_client_is_closed(server: Server) -> None:
    before = connections(server)
    manager = SyncRedisSessionManager(url=server.url)
    assert connections(server) == before
    store_and_read(manager)
    assert connections(server) > before
    manager.close()
    manager.close()
    assert connections(server) == before


def test_a_closed_manager_is_finished_and_so_are_its_sessions(server: Server) -> None:
    with SyncRedisSessionManager(url=server.url) as manager:
        session = manager.session("user-123")
        ids = manager.session_ids()
        assert session.get_items() == []
        assert [session_id for session_id in ids] == []
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
            operation()
    for refused in (
        lambda: manager.session("user-123"),
        manager.session_ids,
        session.lock,
    ):
        with pytest.raises(RuntimeError, match="is closed; create a new one"):
            refused()


def test_a_client_that_was_passed_in_stays_open(real_client: Redis) -> None:
    with SyncRedisSessionManager(real_client) as manager:
        session = manager.session("user-123")
    store_and_read(manager)
    assert session.get_items() == []
    assert real_client.ping()


def test_over_a_unix_socket(unix_server: Server) -> None:
    with SyncRedisSessionManager(url=f"unix://{unix_server.unix_socket}?db=1") as manager:
        store_and_read(manager)


def test_in_memory() -> None:
    url = f"memory://{uuid4()}"
    with SyncRedisSessionManager(url=url, redis_kwargs={"socket_timeout": 1.0}) as manager:
        store_and_read(manager)
        manager.store_message("user-123", "user", "Hello")
    with SyncRedisSessionManager(url=url) as again:
        assert again.get_history("user-123") == [HELLO]
    with SyncRedisSession.from_url("user-123", url, key_prefix="session") as session:
        assert session.get_items() == [HELLO]
    with SyncRedisSessionManager(url=url + "-other") as other:
        assert other.get_history("user-123") == []


def test_through_sentinels(sentinels: SentinelGroup) -> None:
    hosts = ",".join(f"{host}:{port}" for host, port in sentinels.sentinels)
    url = f"redis+sentinel://{hosts}/{sentinels.service_name}/3"
    before = [connections(server) for server in (sentinels.primary, *sentinels.watchers)]
    with SyncRedisSessionManager(url=url) as manager:
        store_and_read(manager)
        manager.store_message("user-123", "user", "Hello")
        with sentinels.primary.connect() as connection:
            connection.call("SELECT", 3)
            assert connection.call("EXISTS", "session:user-123") == 1
    with SyncRedisSession.from_url("user-123", url, key_prefix="session") as session:
        session.clear_session()
    assert [connections(server) for server in (sentinels.primary, *sentinels.watchers)] == before


def test_a_dead_sentinel_is_asked_once(sentinels: SentinelGroup, proxy: FaultProxy) -> None:
    asked = proxy.arm("cut_before", times=None)
    addresses = [(proxy.host, proxy.port), *sentinels.sentinels]
    hosts = ",".join(f"{host}:{port}" for host, port in addresses)
    with SyncRedisSessionManager(
        url=f"redis+sentinel://{hosts}/{sentinels.service_name}"
    ) as manager:
        assert manager.store_message("user-123", "user", "Hello") is True
        assert manager.clear_session("user-123") is True
    assert asked.fired == 1


def test_on_a_cluster(cluster: Cluster) -> None:
    before = sum(connections(node) for node in cluster.nodes)
    hosts = ",".join(f"{host}:{port}" for host, port in cluster.startup)
    with SyncRedisSessionManager(url=f"redis+cluster://{hosts}") as manager:
        store_and_read(manager)
    with SyncRedisSession.from_url("user-123", f"redis+cluster://{hosts}/0") as session:
        assert session.count() == 0
    # Fewer, if a client of an earlier test has been collected since.
    assert sum(connections(node) for node in cluster.nodes) <= before


@pytest.mark.usefixtures("no_patience")
@pytest.mark.slow
def test_a_cluster_that_is_down_keeps_nothing_from_starting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    manager = SyncRedisSessionManager(url=f"redis+cluster://127.0.0.1:{free_port()}")
    assert manager.get_history("user-123") == []
    assert "get_history failed: RedisClusterException: " in caplog.text
    manager.close()
    SyncRedisSessionManager(url=f"redis+cluster://127.0.0.1:{free_port()}").close()


def test_redis_kwargs_go_before_defaults(server: Server) -> None:
    name = f"mine-{uuid4()}"
    options: Any = {"client_name": name, "socket_timeout": 2.0, "decode_responses": True}
    with SyncRedisSessionManager(url=server.url, redis_kwargs=options) as manager:
        store_and_read(manager)
        listed: Any = server.command("CLIENT", "LIST")
        assert name.encode() in listed
        settings = client_of(manager).get_connection_kwargs()
    assert settings["socket_timeout"] == 2.0
    assert settings["socket_connect_timeout"] == 5.0
    assert settings["socket_keepalive"] is True
    assert settings["health_check_interval"] == 30


def test_a_server_that_dies_and_returns(
    own_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with SyncRedisSessionManager(url=own_server.url) as manager:
        assert manager.store_message("user-123", "user", "Hello") is True
        own_server.kill()
        answers = together(
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
            assert [session_id for session_id in manager.session_ids()]
        own_server.restart()
        assert manager.store_message("user-123", "user", "Hello") is True
        assert manager.get_history("user-123") == [HELLO]
    logged = sorted(record.getMessage().partition("Error: ")[0] for record in caplog.records)
    assert logged == [
        f"session key 'session:user-123': {operation} failed: Connection"
        for operation in ("clear_session", "get_history", "store_message")
    ]
    assert "secret" not in caplog.text


def test_a_lost_reply_stores_once(proxy: FaultProxy) -> None:
    with SyncRedisSessionManager(url=proxy.url) as manager:
        assert manager.store_message("user-123", "user", "Hello") is True
        fault = proxy.arm("cut_after", b"EVALSHA")
        assert manager.store_message("user-123", "user", "Hello") is True
        assert fault.fired == 1
        assert manager.get_history("user-123") == [HELLO] * 2


def test_a_refusal_is_logged_without_content(
    server: Server, real_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    real_client.set("session:user-123", "somebody else's")
    manager = SyncRedisSessionManager(real_client)
    assert manager.store_message("user-123", "user", "my secret") is False
    assert manager.get_history("user-123") == []
    assert manager.clear_session("user-123") is False
    assert len(caplog.records) == 3
    assert caplog.text.count("WRONGTYPE") == 3
    assert "secret" not in caplog.text


def test_a_server_without_scripts_is_logged_without_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Server({"rename-command": ["EVALSHA", ""]}) as server:
        manager = SyncRedisSessionManager(url=server.url, key_prefix="s")
        assert manager.store_message("u", "user", "my secret") is False
        manager.close()
    [record] = caplog.records
    assert "unknown command 'EVALSHA'" in record.getMessage().replace("`", "'")
    assert "args" not in record.getMessage()
    assert "secret" not in caplog.text
