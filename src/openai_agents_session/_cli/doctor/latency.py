"""The latency: how long a call takes."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from .finding import Finding, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .node import Node
    from .servers import Servers

CHECK = "latency"

_CALLS = 21
_MOST_SECONDS = 2.0
_SLOW = 0.01


def check(servers: Servers) -> Iterator[Finding]:
    """Time calls that do nothing."""
    slowest = max(_median(node) for node in servers.nodes)
    took = f"a call takes {1000 * slowest:.1f} ms"
    if slowest > _SLOW:
        yield warning(
            CHECK,
            f"{took}, and every operation of a session takes at least one",
            "run the application closer to Redis; if it is close already, look at the load of the "
            "server and at SLOWLOG GET",
        )
    else:
        yield ok(CHECK, took)


def _median(node: Node) -> float:
    """Return the seconds that a call takes; a denied one takes as long."""
    times: list[float] = []
    while len(times) < _CALLS and sum(times) < _MOST_SECONDS:
        started = time.perf_counter()
        node.refusal("PING")
        times.append(time.perf_counter() - started)
    return statistics.median(times)
