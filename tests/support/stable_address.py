"""Two servers behind one address that follows the primary: a DNS name, a service, a proxy."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from .polling import until
from .ports import free_port
from .proxy import FaultProxy
from .server import Server

if TYPE_CHECKING:
    from typing_extensions import Self


class StableAddress:
    """A primary and its replica while the `with` block runs. Clients connect to `proxy`.

    Connections that are open stay with the server that they were made to, as they do when a name
    is resolved to another address.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.primary = stack.enter_context(Server(repl_diskless_sync_delay=0))
            self.other = stack.enter_context(Server(repl_diskless_sync_delay=0))
            self.proxy = stack.enter_context(FaultProxy(*self.primary.address))
            _follow(self.other, self.primary)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def fail_over(self) -> None:
        """Let the servers change places, with all data on both."""
        self._promote_other()
        _follow(self.other, self.primary)

    def fail_over_without_replication(self) -> None:
        """Promote the replica; the old primary becomes a replica that hears of nothing new."""
        self._promote_other()
        self.demote(self.other)

    @staticmethod
    def demote(server: Server) -> None:
        """Make a replica of a server, one whose primary is out of reach."""
        server.command("REPLICAOF", server.host, free_port())

    def _promote_other(self) -> None:
        until(self._is_in_step, 10, "the replica to have everything")
        self.other.command("REPLICAOF", "NO", "ONE")
        self.primary, self.other = self.other, self.primary
        self.proxy.retarget(*self.primary.address)

    def _is_in_step(self) -> bool:
        primary, replica = self.primary.info("replication"), self.other.info("replication")
        return primary["master_repl_offset"] == replica["slave_repl_offset"]


def _follow(replica: Server, primary: Server) -> None:
    replica.command("REPLICAOF", *primary.address)
    replica.wait_info("replication", "master_link_status", "up")
