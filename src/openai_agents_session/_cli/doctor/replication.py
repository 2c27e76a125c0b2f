"""The replication: what a failover can lose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wording import counted
from .finding import Finding, ok, problem, unknown, warning
from .node import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .node import Node
    from .servers import Servers

CHECK = "replication"

_LATE_SECONDS = 10


def check(servers: Servers) -> Iterator[Finding]:
    """Check every server."""
    yield from servers.on_every_node(_check_node)


def _check_node(servers: Servers, node: Node) -> Iterator[Finding]:
    if servers.write_error(node, "NOREPLICAS"):
        yield problem(
            CHECK,
            "Redis refuses every change, because too few replicas are connected",
            "restart the replicas, or lower min-replicas-to-write",
        )
    elif node.info is None:
        yield unknown(
            CHECK,
            "INFO is denied, so it is not known whether there are replicas",
            "run doctor as a user that may run INFO, or look at INFO replication yourself",
        )
    elif text(node.info.get("role")) == "master":
        yield from judge(node.info)
    else:
        yield ok(CHECK, "not examined, because this is a replica")


def judge(info: dict[str, Any]) -> Iterator[Finding]:
    """Judge what the INFO of a primary says."""
    count = int(info.get("connected_slaves", 0))
    names = (f"slave{number}" for number in range(count))
    replicas = [info[name] for name in names if name in info]
    late = [replica for replica in replicas if _is_late(replica)]
    if late:
        yield warning(
            CHECK,
            f"behind the primary: {len(late)} of {counted(count, 'replica')}; a failover to one of "
            "them loses changes",
            "look at the log and the network of the replica; a replica that has just started "
            "catches up by itself",
        )
    # INFO has this field only if min-replicas-to-write is set.
    if count and "min_slaves_good_slaves" not in info:
        yield warning(
            CHECK,
            "Redis accepts changes that no replica has: a primary that is cut off loses them when "
            "a replica takes over",
            "set min-replicas-to-write 1 and min-replicas-max-lag 10",
        )
    elif not late:
        yield ok(
            CHECK,
            f"{counted(count, 'replica')} connected, and none of them is behind"
            if count
            else "no replicas",
        )


def _is_late(replica: dict[str, Any]) -> bool:
    return text(replica.get("state")) != "online" or int(replica.get("lag", 0)) > _LATE_SECONDS
