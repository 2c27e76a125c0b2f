"""The eviction: what Redis throws away when its memory is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .finding import Finding, ok, problem, unknown, warning
from .node import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .node import Node
    from .servers import Servers

CHECK = "eviction"

_NEARLY = 0.9
_POLICY = "set maxmemory-policy noeviction: a full server then refuses changes instead"
_ROOM = "raise maxmemory, give sessions a ttl, or limit their length with max_items"


def check(servers: Servers) -> Iterator[Finding]:
    """Check every server."""
    yield from servers.on_every_node(_check_node)


def _check_node(servers: Servers, node: Node) -> Iterator[Finding]:
    info = node.info or {}
    policy = text(info.get("maxmemory_policy") or node.config("maxmemory-policy") or "")
    yield judge_policy(policy)
    most, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    if servers.write_error(node, "OOM"):
        yield problem(CHECK, "the memory is full, and Redis refuses every change", _ROOM)
    elif most and used >= _NEARLY * most:
        yield warning(
            CHECK, f"the memory is nearly full: {used / most:.0%} of maxmemory is in use", _ROOM
        )


def judge_policy(policy: str) -> Finding:
    """Judge a maxmemory-policy; an empty one is not known."""
    if not policy:
        return unknown(
            CHECK,
            "INFO and CONFIG are denied, so what Redis evicts cannot be seen",
            "run doctor as a user that may run INFO, or make sure that maxmemory-policy is "
            "noeviction",
        )
    if policy.startswith("allkeys-"):
        return problem(
            CHECK,
            f"maxmemory-policy is {policy}: when its memory is full, Redis evicts conversations",
            _POLICY,
        )
    if policy.startswith("volatile-"):
        return warning(
            CHECK,
            f"maxmemory-policy is {policy}: when its memory is full, Redis evicts keys with a "
            "TTL, receipts and records of turns among the first, so a repeated call can take "
            "effect twice",
            _POLICY,
        )
    return ok(CHECK, f"maxmemory-policy is {policy}")
