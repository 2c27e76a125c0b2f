"""The servers that are examined, and the names of their keys."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from redis.exceptions import (
    ConnectionError,  # noqa: A004  redis-py's own
    NoPermissionError,
    ResponseError,
)

from .node import FAILURES, Node, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

    from .finding import Finding

_PROBE_SECONDS = 10
_TRIES = 1000


class Servers:
    """What is examined.

    Attributes:
        manager: The manager whose client is used.
        key_prefix: Its key prefix.
        user: The user whose conversations are examined, or None for those without a user.
        silent: The names of the nodes that do not answer.
    """

    def __init__(
        self, manager: SyncRedisSessionManager, key_prefix: str, user: str | None = None
    ) -> None:
        self.manager = manager
        self.client: Any = manager.client
        self.key_prefix = key_prefix
        self.user = user
        self.silent: list[str] = []
        self._probes: dict[str, SyncRedisSession | None] = {}
        self._trials: dict[str, dict[str, ResponseError | None]] = {}

    @property
    def is_cluster(self) -> bool:
        """Whether the client is one of a cluster."""
        return hasattr(self.client, "get_nodes")

    @cached_property
    def nodes(self) -> list[Node]:
        """The servers that take writes."""
        if not self.is_cluster:
            return [Node(self.client)]
        connect = self.client.get_redis_connection
        return [Node(connect(node), node.name) for node in self.client.get_primaries()]

    def session(self, session_id: str) -> SyncRedisSession:
        """Return a session of the user, or of the manager.

        Raises:
            ValueError: The session_id cannot be used.
        """
        if self.user is None:
            return self.manager.session(session_id)
        return self.manager.user(self.user).session(session_id)

    def node_of(self, key: str) -> Node:
        """Return the server that holds a key.

        Raises:
            ConnectionError: It does not answer.
        """
        if not self.is_cluster:
            return self.nodes[0]
        name = self.client.get_node_from_key(key).name
        for node in self.nodes:
            if node.name == name:
                return node
        raise ConnectionError(f"{name} does not answer")

    def leave_out_silent_nodes(self) -> Exception | None:
        """Find out who answers, and return the last error if nobody does."""
        try:
            silences = {node.name: node.silence() for node in self.nodes}
        except FAILURES as error:
            return error
        living = [node for node in self.nodes if silences[node.name] is None]
        self.silent = [name for name, silence in silences.items() if silence is not None]
        self.nodes = living or self.nodes
        return None if living else silences[self.silent[-1]]

    def probe(self, node: Node) -> SyncRedisSession | None:
        """Return a session that does not exist, whose keys are on this node.

        None if there cannot be any: a hash tag may put all keys on another node.
        """
        if node.name not in self._probes:
            self._probes[node.name] = self._new_probe(node)
        return self._probes[node.name]

    def trial(self, node: Node) -> dict[str, ResponseError | None]:
        """Write to a node, once, and return what it answered to each command.

        What is written looks like a receipt, expires by itself, and is removed at once.
        """
        if node.name not in self._trials:
            probe = self.probe(node)
            self._trials[node.name] = {} if probe is None else _write(node, probe)
        return self._trials[node.name]

    def write_error(self, node: Node, *kinds: str) -> ResponseError | None:
        """Return why this node does not take a write, if it is for such a reason."""
        error = self.trial(node).get("set")
        return error if error is not None and _kind(error) in kinds else None

    def on_every_node(
        self, examine: Callable[[Servers, Node], Iterable[Finding]]
    ) -> Iterator[Finding]:
        """Examine every node, and yield what was found; what several nodes share comes once."""
        found: dict[Finding, list[str]] = {}
        for node in self.nodes:
            for finding in examine(self, node):
                found.setdefault(finding, []).append(node.name)
        for finding, names in found.items():
            where = "" if len(names) == len(self.nodes) else f" (on {', '.join(names)})"
            yield type(finding)(
                finding.check, finding.status, finding.message + where, finding.cure
            )

    def _new_probe(self, node: Node) -> SyncRedisSession | None:
        for _ in range(_TRIES):
            probe = self.session(f"doctor-{uuid.uuid4().hex}")
            if not node.name or self.client.get_node_from_key(probe.key).name == node.name:
                return probe
        return None


def side_keys(session: SyncRedisSession) -> str:
    """Return what the names of a session's side keys begin with: those of its lock, for one."""
    return text(session.lock().name).removesuffix("lock")


def _write(node: Node, probe: SyncRedisSession) -> dict[str, ResponseError | None]:
    key = f"{side_keys(probe)}r:{uuid.uuid4().hex}"
    refusals = {"set": node.refusal("SET", key, "", "EX", _PROBE_SECONDS)}
    if is_hidden(refusals["set"]):
        key = probe.key
        refusals["set"] = node.refusal("SET", key, "", "EX", _PROBE_SECONDS)
    if not isinstance(refusals["set"], NoPermissionError):
        # A server that refuses to store a string does not store these either.
        refusals["rpush"] = node.refusal("RPUSH", key, "")
        refusals["hsetnx"] = node.refusal("HSETNX", key, "f", "v")
        node.refusal("UNLINK", key)
    return refusals


def is_hidden(reply: Any) -> bool:
    """Return whether a reply is that the user may not use a key, with whichever command."""
    return isinstance(reply, NoPermissionError) and " access " in str(reply)


def _kind(error: ResponseError) -> str:
    """Return the first word of the server's answer, which redis-py removes from some of them."""
    known = {"ReadOnlyError": "READONLY", "OutOfMemoryError": "OOM"}
    return known.get(type(error).__name__) or str(error).partition(" ")[0]
