"""A primary with two replicas, watched by three sentinels."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from .polling import until
from .resp import rows, text
from .server import Server

if TYPE_CHECKING:
    from typing_extensions import Self

    from .binary import Binary
    from .resp import Reply


class Sentinel(Server):
    """A server that watches others, and keeps what it knows in its configuration file."""

    def learn(self, lines: list[str]) -> None:
        """Add to what it knows, which it reads when it starts."""
        self.stop()
        with (self.directory / "sentinel.conf").open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
        self.restart()

    def _arguments(self) -> list[str]:
        file = self.directory / "sentinel.conf"
        port = f"port {self.port}\n"
        if not file.exists() or port not in file.read_text():
            file.write_text(f"{port}bind {self.host}\n")
        return [str(file), "--sentinel"]


class SentinelGroup:
    """Six processes that look after each other while the `with` block runs."""

    service_name = "mymaster"

    def __init__(self, *, binary: Binary | None = None) -> None:
        self._binary = binary
        self._stack = ExitStack()
        self.servers: list[Server] = []
        self.watchers: list[Sentinel] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start_servers(stack)
            self._start_sentinels(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def sentinels(self) -> list[tuple[str, int]]:
        """The addresses that a client is configured with."""
        return [sentinel.address for sentinel in self.watchers]

    @property
    def primary(self) -> Server:
        """The server that most of the sentinels name."""
        [(port, _)] = Counter(map(self._primary_port, self._living_watchers())).most_common(1)
        return next(server for server in self.servers if server.port == port)

    @property
    def replicas(self) -> list[Server]:
        """The living servers that are not the primary."""
        primary = self.primary
        return [server for server in self.servers if server.alive and server is not primary]

    def kill_primary(self) -> Server:
        """Kill it, and return what is left of it, for `wait_failover` or `restart`."""
        primary = self.primary
        primary.kill()
        return primary

    def wait_failover(self, old: Server, timeout: float = 30.0) -> Server:
        """Wait until all sentinels agree on another primary that others follow, and return it."""
        until(lambda: self.primary is not old, timeout, f"a successor of {old}")
        self.wait_healthy(timeout)
        return self.primary

    def wait_healthy(self, timeout: float = 40.0) -> None:
        """Wait until all sentinels agree on a primary, and every living server follows it.

        A restarted primary needs some 10 s: so rarely do sentinels look at servers that are well.
        """

        def is_settled() -> bool:
            primary = self.primary
            return (
                {self._primary_port(watcher) for watcher in self._living_watchers()}
                == {primary.port}
                and primary.info("replication")["role"] == "master"
                and all(_follows(server, primary) for server in self.replicas)
            )

        until(is_settled, timeout, "the group to settle", not_yet=(OSError,))

    # How it is made

    def _start_servers(self, stack: ExitStack) -> None:
        primary = stack.enter_context(self._server())
        replicaof = [primary.host, str(primary.port)]
        followers = [stack.enter_context(self._server(replicaof=replicaof)) for _ in range(2)]
        self.servers = [primary, *followers]
        for server in followers:
            until(partial(_follows, server, primary), 20, f"{server} to follow {primary}")

    def _server(self, **options: list[str]) -> Server:
        return Server(options, binary=self._binary, repl_diskless_sync_delay=0)

    def _start_sentinels(self, stack: ExitStack) -> None:
        self.watchers = [stack.enter_context(Sentinel(binary=self._binary)) for _ in range(3)]
        # They are told of each other, in the words of their own files: to find out takes seconds.
        ids = {watcher: text(watcher.command("SENTINEL", "MYID")) for watcher in self.watchers}
        for watcher in self.watchers:
            others = {other: id_ for other, id_ in ids.items() if other is not watcher}
            watcher.learn(self._lesson(others))
        until(lambda: all(map(self._sees_all, self.watchers)), 20, "the sentinels to connect")

    def _lesson(self, others: dict[Sentinel, str]) -> list[str]:
        name = self.service_name
        primary, *replicas = self.servers
        return [
            f"sentinel monitor {name} {primary.host} {primary.port} 2",
            f"sentinel down-after-milliseconds {name} 1000",
            f"sentinel failover-timeout {name} 3000",
            f"sentinel parallel-syncs {name} 2",
            *(f"sentinel known-replica {name} {r.host} {r.port}" for r in replicas),
            *(f"sentinel known-sentinel {name} {s.host} {s.port} {i}" for s, i in others.items()),
        ]

    # What a sentinel sees

    def _living_watchers(self) -> list[Sentinel]:
        return [watcher for watcher in self.watchers if watcher.alive]

    def _primary_port(self, watcher: Sentinel) -> int:
        _, port = rows(watcher.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.service_name))
        return int(text(port))

    def _sees_all(self, watcher: Sentinel) -> bool:
        flags = {
            kind: [_fields(peer)["flags"] for peer in self._peers(watcher, kind)]
            for kind in ("REPLICAS", "SENTINELS")
        }
        return _fields(watcher.command("SENTINEL", "MASTER", self.service_name))[
            "flags"
        ] == "master" and flags == {"REPLICAS": ["slave"] * 2, "SENTINELS": ["sentinel"] * 2}

    def _peers(self, watcher: Sentinel, kind: str) -> list[Reply]:
        return rows(watcher.command("SENTINEL", kind, self.service_name))


def _fields(reply: Reply) -> dict[str, str]:
    words = [text(word) for word in rows(reply)]
    return dict(zip(words[::2], words[1::2], strict=True))


def _follows(server: Server, primary: Server) -> bool:
    info = server.info("replication")
    return (
        info["role"] == "slave"
        and info["master_port"] == str(primary.port)
        and info["master_link_status"] == "up"
    )
