"""One server, and what is asked of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisClusterException, RedisError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable

FAILURES = (RedisError, RedisClusterException, OSError)
"""What redis-py raises."""


class Node:
    """A server that is asked: the only one, or a primary of a cluster.

    Attributes:
        name: Where it is, or "" if there is only one.
    """

    def __init__(self, client: Any, name: str = "") -> None:
        self.name = name
        self._client = client  # in a cluster, one of this node alone: it follows no redirection

    def ask(self, *command: Any) -> Any:
        """Send a command, and return the reply."""
        return self._client.execute_command(*command)

    def ask_together(self, commands: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Send commands in one round trip; an error takes the place of its reply."""
        with self._client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return list(pipeline.execute(raise_on_error=False))

    def refusal(self, *command: Any) -> ResponseError | None:
        """Send a command, and return the error that the server answers, if it does."""
        try:
            self.ask(*command)
        except ResponseError as error:
            return error
        return None

    def silence(self) -> Exception | None:
        """Return what keeps the server from answering; None if it answers, a refusal included."""
        try:
            self.refusal("PING")
        except FAILURES as error:
            return error
        return None

    @cached_property
    def info(self) -> dict[str, Any] | None:
        """What INFO says, or None if it is denied."""
        return self._mapping("INFO")

    @cached_property
    def hello(self) -> dict[str, Any]:
        """What HELLO says, which every user may run; empty if a proxy does not know it."""
        return self._mapping("HELLO") or {}

    def config(self, name: str) -> str | None:
        """Return a directive of the configuration, or None if CONFIG is denied or unknown."""
        value = (self._mapping("CONFIG", "GET", name) or {}).get(name)
        return None if value is None else text(value)

    def _mapping(self, *command: str) -> dict[str, Any] | None:
        try:
            reply = self.ask(*command)
        except ResponseError:
            return None
        if isinstance(reply, list):
            reply = dict(zip(reply[::2], reply[1::2], strict=True))
        return {text(name): value for name, value in reply.items()}


def text(value: Any) -> str:
    """Return a name or a reply as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def said(error: Exception) -> str:
    """Return what the server said. Texts of other errors may show a client with its password."""
    return str(error).rstrip(".") if isinstance(error, ResponseError) else type(error).__name__
