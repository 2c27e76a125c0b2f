"""The command `doctor` and topologies: clusters, and groups watched by sentinels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from redis.cluster import RedisCluster

from openai_agents_session import SyncRedisSessionManager
from openai_agents_session._cli.doctor.examination import examine

from .support.cluster import Cluster
from .support.doctor import SECRET, diagnose, documented_user, permit_documented_user
from .support.polling import until
from .support.resp import text
from .support.sentinel import SentinelGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server


def url_of(cluster: Cluster, login: str = "") -> str:
    node = next(node for node in cluster.nodes if node.alive)
    return f"redis+cluster://{login}{node.host}:{node.port}"


def sentinel_url(group: SentinelGroup, login: str = "") -> str:
    hosts = ",".join(f"{host}:{port}" for host, port in group.sentinels)
    return f"redis+sentinel://{login}{hosts}/{group.service_name}"


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


def configure(servers: list[Server], **directives: str) -> None:
    for server in servers:
        for name, value in directives.items():
            server.command("CONFIG", "SET", name.replace("_", "-"), value)


def make_sound(servers: list[Server]) -> None:
    configure(servers, appendonly="yes", min_replicas_to_write="1")
    for server in servers:
        server.wait_info("persistence", "aof_enabled", "1")


# Clusters


def test_nothing_is_found_on_a_sound_cluster(own_cluster: Cluster) -> None:
    make_sound(own_cluster.nodes)
    with SyncRedisSessionManager(
        url=url_of(own_cluster), key_prefix="openai_agents_session", ttl=100
    ) as manager:
        for number in range(20):
            manager.session(str(number)).add_items([{"role": "user", "content": "a"}])
        manager.user("alice").session("rome").add_items([{"role": "user", "content": "a"}])
    diagnosis = diagnose(url_of(own_cluster))
    assert diagnosis.statuses() == {}
    assert "3 primaries" in diagnosis.of("topology", "ok").message
    assert diagnosis.of("types", "ok").message.startswith("20 conversations:")
    diagnosis = diagnose(url_of(own_cluster), "--user", "alice")
    assert diagnosis.statuses() == {}
    assert "(1)" in diagnosis.of("index", "ok").message


def test_the_documented_user_of_a_cluster(own_cluster: Cluster) -> None:
    make_sound(own_cluster.nodes)
    for node in own_cluster.nodes:
        permit_documented_user(node, "+info", "+cluster|slots", "+command")
    login = f"{documented_user()[0]}:{SECRET}@"
    assert diagnose(url_of(own_cluster, login)).statuses() == {}
    odd = own_cluster.node_for("any")  # rights are not replicated between nodes
    permit_documented_user(odd, "+info", "+cluster|slots", "+command", "-lrange")
    found = diagnose(url_of(own_cluster, login)).of("rights", "problem")
    assert f"(on {odd.host}:{odd.port})" in found.message


def test_a_slot_that_no_node_covers(own_cluster: Cluster) -> None:
    slot = own_cluster.slot_of("any")
    for node in own_cluster.nodes:
        node.command("CLUSTER", "DELSLOTS", slot)
    until(lambda: all(map(is_failed, own_cluster.nodes)), 20, "the cluster to notice")
    found = diagnose(url_of(own_cluster)).of("topology", "problem")
    assert "16383 of 16384 slots" in found.message
    assert "session key" not in found.message
    assert "--cluster fix" in found.cure
    with (
        RedisCluster(*own_cluster.nodes[0].address, require_full_coverage=False) as client,
        SyncRedisSessionManager(client, key_prefix="p") as manager,
    ):
        assert found.message in {finding.message for finding in examine(manager, "p")}


def is_failed(node: Server) -> bool:
    return "cluster_state:fail" in text(node.command("CLUSTER", "INFO"))


def test_a_node_that_does_not_answer(own_cluster: Cluster) -> None:
    lost = own_cluster.node_for("any")
    own_cluster.replica_of(lost).kill()
    lost.kill()
    living = [node for node in own_cluster.nodes if node.alive]
    until(lambda: all(map(is_failed, living)), 20, "the cluster to notice")
    diagnosis = diagnose(url_of(own_cluster))
    assert f"{lost.host}:{lost.port}" in diagnosis.of("connection", "problem").message
    assert "cluster is down" in diagnosis.of("topology", "problem").message
    # This user's keys are on the lost node: his name is a hash tag.
    diagnosis = diagnose(url_of(own_cluster), "--user", "any")
    assert "could not be checked" in diagnosis.of("index", "unknown").message
    assert diagnosis.of("index", "unknown").cure == "fix the other problems, and run doctor again"


def test_a_primary_without_a_replica(own_cluster: Cluster) -> None:
    alone = own_cluster.node_for("any")
    own_cluster.replica_of(alone).kill()
    address = f"{alone.host}:{alone.port}"

    def warned() -> bool:
        findings = diagnose(url_of(own_cluster)).findings
        return any(f.check == "topology" and address in f.message and f.cure for f in findings)

    until(warned, 20, "the other nodes to miss the replica")


def test_one_node_that_is_configured_differently(cluster: Cluster) -> None:
    odd = cluster.node_for("any")
    odd.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        found = diagnose(url_of(cluster)).of("eviction", "problem")
    finally:
        odd.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert found.message.endswith(f"(on {odd.host}:{odd.port})")


def test_a_client_that_knows_only_one_node(cluster: Cluster) -> None:
    found = diagnose(cluster.nodes[0].url).of("topology", "problem")
    assert "redis+cluster://" in found.cure


@pytest.mark.parametrize("options", [("--prefix", "{tag}"), ("--user", "alice")])
def test_keys_that_are_all_on_one_node(cluster: Cluster, options: tuple[str, ...]) -> None:
    diagnosis = diagnose(url_of(cluster), *options)
    assert "rights" not in diagnosis.statuses()
    assert "problem" not in set().union(*diagnosis.statuses().values())


# Sentinel


def test_sentinels(sentinels: SentinelGroup) -> None:
    diagnosis = diagnose(sentinel_url(sentinels))
    assert "topology" not in diagnosis.statuses()
    assert "3 of 3 sentinels" in diagnosis.of("topology", "ok").message


def test_a_sentinel_in_place_of_a_server(sentinels: SentinelGroup) -> None:
    found = diagnose(sentinels.watchers[0].url).of("topology", "problem")
    assert "redis+sentinel://" in found.cure


def test_sentinels_that_are_lost() -> None:
    with SentinelGroup() as group:
        make_sound([group.primary])
        assert diagnose(sentinel_url(group)).statuses() == {}
        for watcher in group.watchers:
            watcher.command("ACL", "SETUSER", "default", "-sentinel", "+sentinel|masters")
        assert diagnose(sentinel_url(group)).statuses() == {"topology": {"unknown"}}
        for watcher in group.watchers:
            watcher.command("ACL", "SETUSER", "default", "+sentinel")
        first, second, _ = group.watchers
        first.kill()
        diagnosis = diagnose(sentinel_url(group))
        assert diagnosis.statuses() == {"topology": {"warning"}}
        assert str(first.port) in diagnosis.of("topology", "warning").message
        second.kill()

        def is_lost() -> bool:
            return "problem" in diagnose(sentinel_url(group)).statuses().get("topology", ())

        until(is_lost, 20, "the last sentinel to miss the others")
        for watcher in group.watchers:
            watcher.kill()
        url = f"{sentinel_url(group, f'me:{SECRET}@')}?sentinel_password={SECRET}"
        [found] = diagnose(url).findings
        assert (found.check, found.status) == ("connection", "problem")
