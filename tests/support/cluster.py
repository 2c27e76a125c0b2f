"""A cluster of three primaries with a replica each, made with commands alone."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from .polling import until
from .resp import rows, text
from .server import Server

if TYPE_CHECKING:
    from typing_extensions import Self

    from .binary import Binary

_PRIMARIES = 3
_SLOTS = 16_384
_NODE_TIMEOUT_MS = 1500


class Cluster:
    """Six servers that form a cluster while the `with` block runs. `nodes` holds all of them."""

    def __init__(self, *, binary: Binary | None = None) -> None:
        self._binary = binary
        self._stack = ExitStack()
        self.nodes: list[Server] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.nodes = [stack.enter_context(self._node()) for _ in range(2 * _PRIMARIES)]
            self._join()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Of any node that is alive; a client finds the others through it."""
        return self._alive()[0].url

    @property
    def startup(self) -> list[tuple[str, int]]:
        """Every node, dead or alive, as a client would be configured."""
        return [node.address for node in self.nodes]

    def slot_of(self, key: str | bytes) -> int:
        slot = self._alive()[0].command("CLUSTER", "KEYSLOT", key)
        if not isinstance(slot, int):
            raise TypeError(f"expected a slot, got {slot!r}")
        return slot

    def node_for(self, key: str | bytes) -> Server:
        """The primary that holds this key."""
        return self.primary_of_slot(self.slot_of(key))

    def primary_of_slot(self, slot: int) -> Server:
        return self._owner(self._alive()[0], slot)

    def replica_of(self, primary: Server) -> Server:
        """The living replica of this primary."""
        for node in self._alive():
            info = node.info("replication")
            if info["role"] == "slave" and info["master_port"] == str(primary.port):
                return node
        raise LookupError(f"{primary} has no replica")

    def kill(self, node: Server) -> None:
        node.kill()

    def wait_failover(self, old: Server, timeout: float = 20.0) -> Server:
        """Wait until a replica has taken over from a killed primary, and return it."""
        slot = self._home[old]
        living = self._alive()

        def successor() -> Server | None:
            owners = {self._owner(node, slot) for node in living}
            if len(owners) > 1 or old in owners or not all(map(_is_ok, living)):
                return None
            return owners.pop()

        new = until(successor, timeout, f"failover of {old}")
        self._home[new] = slot
        return new

    def wait_healthy(self, timeout: float = 20.0) -> None:
        """Wait until all six live and agree, and every replica is linked to its primary."""
        until(lambda: all(map(self._is_settled, self.nodes)), timeout, "the cluster to settle")

    # How it is made

    def _node(self) -> Server:
        return Server(
            binary=self._binary,
            cluster_enabled="yes",
            cluster_config_file="nodes.conf",
            cluster_node_timeout=_NODE_TIMEOUT_MS,
            cluster_replica_validity_factor=0,  # a replica takes over however old its link is
            repl_diskless_sync_delay=0,
        )

    def _join(self) -> None:
        primaries, replicas = self.nodes[:_PRIMARIES], self.nodes[_PRIMARIES:]
        bounds = [_SLOTS * i // _PRIMARIES for i in range(_PRIMARIES + 1)]
        self._home = dict(zip(primaries, bounds, strict=False))
        for epoch, node in enumerate(self.nodes, 1):  # distinct, so that none is ever contested
            node.command("CLUSTER", "SET-CONFIG-EPOCH", epoch)
        for node, first, end in zip(primaries, bounds, bounds[1:], strict=False):
            node.command("CLUSTER", "ADDSLOTS", *range(first, end))
        for index, node in enumerate(self.nodes):
            for other in self.nodes[:index]:  # everybody at once: gossip alone takes seconds
                node.command("CLUSTER", "MEET", *other.address)
        until(lambda: all(map(self._knows_all, self.nodes)), 20, "the nodes to meet")
        for replica, primary in zip(replicas, primaries, strict=True):
            replica.command("CLUSTER", "REPLICATE", text(primary.command("CLUSTER", "MYID")))
        self.wait_healthy()

    # What a node sees

    def _alive(self) -> list[Server]:
        return [node for node in self.nodes if node.alive]

    def _owner(self, witness: Server, slot: int) -> Server:
        for entry in rows(witness.command("CLUSTER", "SLOTS")):
            first, last, primary, *_ = rows(entry)
            if isinstance(first, int) and isinstance(last, int) and first <= slot <= last:
                port = rows(primary)[1]
                return next(node for node in self.nodes if node.port == port)
        raise LookupError(f"{witness} knows no primary of slot {slot}")

    def _knows_all(self, witness: Server) -> bool:
        flags = _flags(witness)
        return len(flags) == len(self.nodes) and not any("handshake" in f for f in flags)

    def _is_settled(self, witness: Server) -> bool:
        flags = _flags(witness)
        roles = sorted(role for f in flags for role in f & {"master", "slave"})
        info = witness.info("replication")
        return (
            roles == ["master"] * _PRIMARIES + ["slave"] * _PRIMARIES
            and not any(f & {"handshake", "fail", "fail?", "noaddr"} for f in flags)
            and _is_ok(witness)
            and (info["role"] == "master" or info["master_link_status"] == "up")
        )


def _flags(witness: Server) -> list[set[str]]:
    """The flags of every node that this one knows."""
    lines = text(witness.command("CLUSTER", "NODES")).splitlines()
    return [set(line.split()[2].split(",")) for line in lines]


def _is_ok(witness: Server) -> bool:
    return "cluster_state:ok" in text(witness.command("CLUSTER", "INFO"))
