"""Free loopback ports, picked below the range from which systems take ports for clients.

A port from `bind(0)` lies inside that range: while a stopped server waits for its restart, the
socket of any client may take it; a client that keeps trying may even end up connected to itself.
"""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
BUS_OFFSET = 10_000
"""A cluster node listens on its port and, for the other nodes, on this much above it."""

_FIRST, _LAST = 10_000, 22_700  # plus the offset: still below 32768, where Linux begins
_random = random.Random()  # its own: a test that seeds the global one must not choose the ports


def free_port(*, bus: bool = False) -> int:
    """A port free right now; with `bus`, free together with its cluster bus port."""
    for _ in range(200):
        port = _random.randint(_FIRST, _LAST)
        if _is_free(port) and not (bus and not _is_free(port + BUS_OFFSET)):
            return port
    raise RuntimeError(f"no free port between {_FIRST} and {_LAST}")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
