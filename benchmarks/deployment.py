"""The cost of a deployment, calculated from the measurements and some assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

SESSIONS = (1_000, 100_000, 10_000_000)
TURNS_PER_HOUR = (1, 10)  # of every session that is stored
ADDS_PER_TURN = 2  # the Runner reads once, adds the question, then the answer
NODE_BYTES = 32e9  # maximum for one server: more takes long to copy and to load
NODE_SHARE = 0.5  # of one processor; the rest is for peaks

_SMALLEST_CLUSTER = 3  # primaries
_SECONDS = 3600
_RECEIPT_SECONDS = 120


@dataclass(frozen=True)
class Measured:
    """The input of the calculation: bytes, and processor seconds of the server."""

    session: float
    receipt: float
    read: float
    add: float


@dataclass(frozen=True)
class Deployment:
    """The needs of a number of sessions."""

    sessions: int
    turns_per_hour: int
    bytes: float
    calls: float  # per second
    share: float  # of one processor of the server
    nodes: int

    @property
    def needs_cluster(self) -> bool:
        return self.nodes > 1


def calculate(measured: Measured, sessions: int, turns_per_hour: int) -> Deployment:
    """Calculate the needs of sessions with 20 items that all make this number of turns."""
    turns = sessions * turns_per_hour / _SECONDS
    adds = turns * ADDS_PER_TURN
    used = sessions * measured.session + adds * _RECEIPT_SECONDS * measured.receipt
    share = turns * measured.read + adds * measured.add
    nodes = max(ceil(used / NODE_BYTES), ceil(share / NODE_SHARE))
    if nodes > 1:
        nodes = max(nodes, _SMALLEST_CLUSTER)
    return Deployment(sessions, turns_per_hour, used, turns + adds, share, nodes)


def table(measured: Measured) -> list[Deployment]:
    return [calculate(measured, n, turns) for n in SESSIONS for turns in TURNS_PER_HOUR]
