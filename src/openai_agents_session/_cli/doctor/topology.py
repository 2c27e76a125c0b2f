"""The topology: one server, a group watched by sentinels, or a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from .finding import Finding, ok, problem, unknown, warning
from .node import FAILURES, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .node import Node
    from .servers import Servers

CHECK = "topology"

_SLOTS = 16_384


def check(servers: Servers) -> Iterator[Finding]:
    """Check how the servers belong together."""
    if servers.is_cluster:
        return _check_cluster(servers)
    manager = getattr(servers.client.connection_pool, "sentinel_manager", None)
    if manager is not None:
        return _check_sentinels(manager.sentinels, servers.client.connection_pool.service_name)
    return _check_single(servers.nodes[0])


def _check_single(node: Node) -> Iterator[Finding]:
    info = node.info or {}
    modes = {text(info.get("redis_mode")), text(node.hello.get("mode"))}
    if "cluster" in modes or info.get("cluster_enabled"):
        yield problem(
            CHECK,
            "the server is a node of a cluster, and this client only knows one server",
            "use a redis+cluster:// URL",
        )
    elif "sentinel" in modes:
        yield problem(
            CHECK,
            "this is a sentinel, which stores nothing",
            "use a redis+sentinel:// URL that ends in the name of the service",
        )
    else:
        yield ok(CHECK, "one server, without Sentinel or a cluster")


def uncovered(covered: int | str) -> Finding:
    """Return what is said of a cluster with slots that no node has."""
    return problem(
        CHECK,
        f"only {covered} of {_SLOTS} slots of the cluster belong to a node, so some conversations "
        "cannot be reached",
        "bring the missing nodes back, or run `redis-cli --cluster fix`",
    )


# Sentinel


def _check_sentinels(sentinels: list[Any], service: str) -> Iterator[Finding]:
    silent, errors, agreed = [], [], 0
    for sentinel in sentinels:
        try:
            sentinel.execute_command("SENTINEL", "CKQUORUM", service)
            agreed += 1
        except ResponseError as error:
            errors.append(str(error))
        except FAILURES:
            settings = sentinel.connection_pool.connection_kwargs
            silent.append(f"{settings.get('host')}:{settings.get('port')}")
    if silent:
        yield warning(
            CHECK,
            f"{len(silent)} of {len(sentinels)} sentinels do not answer: {', '.join(silent)}",
            "restart them, or correct the hosts in the URL",
        )
    lost = [error for error in errors if "NOQUORUM" in error]
    if lost:
        yield problem(
            CHECK,
            "too few sentinels are left to replace a primary that fails",
            f"start sentinels until SENTINEL CKQUORUM {service} answers OK",
        )
    elif agreed:
        yield ok(
            CHECK, f"{agreed} of {len(sentinels)} sentinels agree that {service} can fail over"
        )
    else:
        yield unknown(
            CHECK,
            "no sentinel says whether a primary that fails can be replaced",
            f"run SENTINEL CKQUORUM {service} on a sentinel",
        )


# Cluster


def _check_cluster(servers: Servers) -> Iterator[Finding]:
    node = servers.nodes[0]
    shares = node.ask("CLUSTER", "SLOTS")
    covered = sum(last - first + 1 for first, last, *_ in shares)
    if covered < _SLOTS:  # older releases of redis-py connect nevertheless
        yield uncovered(covered)
    elif _state(node) == "fail":
        yield problem(
            CHECK,
            "the cluster is down: the node that was asked cannot reach enough of the others",
            "restart the failed nodes, and look at CLUSTER NODES",
        )
    else:
        yield ok(CHECK, f"a cluster of {len(servers.nodes)} primaries")
    alone = {f"{text(home[0])}:{home[1]}" for _, _, home, *replicas in shares if not replicas}
    if alone:
        yield warning(
            CHECK,
            f"no replica can take over from {', '.join(sorted(alone))}",
            "add a replica, or the conversations of that node are gone while it is down",
        )


def _state(node: Node) -> str | None:
    """Return the state of the cluster, as the node sees it; None if it may not be asked."""
    try:
        reply = text(node.ask("CLUSTER", "INFO"))
    except ResponseError:
        return None
    fields = dict(line.split(":", 1) for line in reply.splitlines() if ":" in line)
    return fields.get("cluster_state")
