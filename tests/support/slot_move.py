"""A slot of a cluster on its way to another node, held up in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .resp import rows, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cluster import Cluster
    from .server import Server

_MIGRATE_MS = 5000


class SlotMove:
    """Moves the slot of a key, as `redis-cli --cluster reshard` does, to the next primary.

    Between `begin` and `finish`, both nodes answer TRYAGAIN to commands on several keys of which
    not all are with them.
    """

    def __init__(self, cluster: Cluster, key: str) -> None:
        self._cluster = cluster
        self._slot = cluster.slot_of(key)
        self._source = cluster.primary_of_slot(self._slot)
        self._target = cluster.primary_of_slot((self._slot + 16_384 // 3) % 16_384)
        self._home = self._source

    def begin(self, keys: Sequence[str]) -> None:
        """Begin to move, with these keys; the others stay until the end."""
        source, target = self._source, self._target
        target.command("CLUSTER", "SETSLOT", self._slot, "IMPORTING", _id(source))
        source.command("CLUSTER", "SETSLOT", self._slot, "MIGRATING", _id(target))
        self._migrate(keys)

    def finish(self) -> None:
        """Move all that is left, and let both nodes know where the slot is now."""
        source, target = self._source, self._target
        while keys := rows(source.command("CLUSTER", "GETKEYSINSLOT", self._slot, 100)):
            self._migrate([text(key) for key in keys])
        # The target first, or the source could forget the slot before anybody else has it.
        for node in (target, source, *self._primaries()):
            node.command("CLUSTER", "SETSLOT", self._slot, "NODE", _id(target))
        self._source, self._target = target, source
        self._cluster.wait_healthy()

    def undo(self) -> None:
        """Bring the slot back home, from wherever it is."""
        if self._source is self._home:
            for node in (self._source, self._target):
                node.command("CLUSTER", "SETSLOT", self._slot, "STABLE")
            return
        self.begin([])
        self.finish()

    def _migrate(self, keys: Sequence[str]) -> None:
        if keys:
            host, port = self._target.address
            self._source.command("MIGRATE", host, port, "", 0, _MIGRATE_MS, "KEYS", *keys)

    def _primaries(self) -> list[Server]:
        third = 16_384 // 3
        return [self._cluster.primary_of_slot(third * n + 1) for n in range(3)]


def _id(node: Server) -> str:
    return text(node.command("CLUSTER", "MYID"))
