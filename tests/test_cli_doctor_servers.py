"""The command `doctor` and servers: each fault is planted, found, and comes with a cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session._cli.doctor import connection, persistence, replication

from .support.doctor import diagnose
from .support.polling import until
from .support.proxy import FaultProxy
from .support.server import Server
from .support.stable_address import StableAddress

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sound() -> Iterator[Server]:
    with Server(appendonly="yes") as server:
        yield server


# Eviction


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        ("allkeys-lru", "problem"),
        ("allkeys-lfu", "problem"),
        ("allkeys-random", "problem"),
        ("volatile-lru", "warning"),
        ("volatile-ttl", "warning"),
    ],
)
def test_a_policy_that_throws_away(sound: Server, policy: str, status: str) -> None:
    sound.command("CONFIG", "SET", "maxmemory-policy", policy)
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"eviction": {status}}
    found = diagnosis.of("eviction", status)
    assert policy in found.message
    assert "maxmemory-policy noeviction" in found.cure


def test_a_memory_that_is_nearly_full(sound: Server) -> None:
    sound.command("SET", "big", "x" * 16_000_000)
    used = int(sound.info("memory")["used_memory"])
    sound.command("CONFIG", "SET", "maxmemory", used + 1_000_000)
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"eviction": {"warning"}}
    assert "max_items" in diagnosis.of("eviction", "warning").cure


def test_a_memory_that_is_full(sound: Server) -> None:
    sound.command("CONFIG", "SET", "maxmemory", 1)
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"eviction": {"problem"}}
    assert "raise maxmemory" in diagnosis.of("eviction", "problem").cure


# Persistence


def test_nothing_that_is_saved() -> None:
    with Server(save="", appendonly="no") as server:
        diagnosis = diagnose(server.url)
    assert diagnosis.statuses() == {"persistence": {"warning"}}
    found = diagnosis.of("persistence", "warning")
    assert "loses all conversations" in found.message
    assert "appendonly yes" in found.cure


def test_snapshots_alone() -> None:
    with Server(save=["3600", "1"], appendonly="no") as server:
        found = diagnose(server.url).of("persistence", "warning")
    assert "snapshots" in found.message
    assert "appendonly yes" in found.cure


def test_a_file_that_is_not_synced(sound: Server) -> None:
    sound.command("CONFIG", "SET", "appendfsync", "no")
    assert "everysec" in diagnose(sound.url).of("persistence", "warning").cure


def fail_to_save(server: Server) -> None:
    """Have a snapshot fail: a directory is where the file should be."""
    (server.directory / "dump.rdb").mkdir()
    server.command("SET", "changed", "1")
    server.command("BGSAVE")
    server.wait_info("persistence", "rdb_last_bgsave_status", "err")


def test_a_save_that_failed() -> None:
    with Server(save=["3600", "1"], appendonly="no") as server:
        fail_to_save(server)
        diagnosis = diagnose(server.url)
        assert diagnosis.statuses() == {"persistence": {"problem"}}
        found = diagnosis.of("persistence", "problem")
        assert "refuses every change" in found.message
        assert "MISCONF" in found.message
        assert "free space" in found.cure
        server.command("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        found = diagnose(server.url).of("persistence", "problem")
        assert "rdb_last_bgsave_status" in found.message


@pytest.mark.parametrize(
    ("info", "status"),
    [
        ({"aof_enabled": 1}, "ok"),
        ({"aof_enabled": 1, "aof_last_write_status": "err"}, "problem"),
        ({"aof_enabled": 1, "aof_last_bgrewrite_status": "err"}, "warning"),
        ({"aof_enabled": 1, "rdb_last_bgsave_status": "err"}, "warning"),
        ({"aof_enabled": 0, "rdb_last_bgsave_status": "err"}, "problem"),
        ({"aof_enabled": 0}, "unknown"),
        ({"aof_enabled": 0, "rdb_saves": 3}, "warning"),
    ],
)
def test_persistence_where_config_is_denied(info: dict[str, Any], status: str) -> None:
    [found] = persistence.judge(info, lambda _: None)
    assert found.status == status


# Replication


def test_a_replica_in_place_of_its_primary() -> None:
    with StableAddress() as address:
        diagnosis = diagnose(address.other.url)
    assert "problem" in diagnosis.statuses()["connection"]
    assert "primary" in diagnosis.of("connection", "problem").cure


def test_changes_that_no_replica_confirms() -> None:
    with StableAddress() as address:
        found = diagnose(address.primary.url).of("replication", "warning")
        assert "min-replicas-to-write 1" in found.cure
        address.primary.command("CONFIG", "SET", "min-replicas-to-write", 1)
        assert (
            "1 replica connected" in diagnose(address.primary.url).of("replication", "ok").message
        )


def test_replicas_that_are_missing(sound: Server) -> None:
    sound.command("CONFIG", "SET", "min-replicas-to-write", 1)
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"replication": {"problem"}}
    assert "min-replicas-to-write" in diagnosis.of("replication", "problem").cure


@pytest.mark.parametrize(
    ("replica", "status"),
    [
        ({"state": "online", "lag": 1}, "ok"),
        ({"state": "online", "lag": 11}, "warning"),
        ({"state": "wait_bgsave", "lag": 0}, "warning"),
    ],
)
def test_a_replica_that_lags_behind(replica: dict[str, Any], status: str) -> None:
    info = {"connected_slaves": 1, "slave0": replica, "min_slaves_good_slaves": 1}
    [found] = replication.judge(info)
    assert found.status == status


# The rest


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("6.2.0", "ok"),
        ("7.4.1", "ok"),
        ("10.0", "ok"),
        ("6.0.16", "problem"),
        ("5.0.14", "problem"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_version_of_the_server(version: str | None, status: str) -> None:
    assert connection.judge_version(version).status == status


def test_a_slow_connection(sound: Server) -> None:
    with FaultProxy(sound.host, sound.port) as proxy:
        proxy.latency = 0.015
        diagnosis = diagnose(proxy.url)
    assert diagnosis.statuses() == {"latency": {"warning"}}
    assert "closer to Redis" in diagnosis.of("latency", "warning").cure


def test_a_server_with_too_many_clients(sound: Server) -> None:
    sound.command("CONFIG", "SET", "maxclients", 10)
    connections = [sound.connect() for _ in range(8)]
    try:
        until(lambda: sound.info("clients")["connected_clients"] == "9", 5, "the clients")
        found = diagnose(sound.url).of("connection", "warning")
    finally:
        for each in connections:
            each.close()
    assert "maxclients" in found.cure
