"""The compared stores, each created as its documentation recommends."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

TTL = 1000

Items: TypeAlias = list[Any]
Way: TypeAlias = Literal["from_url", "Redis", "RedisCluster"]


class Store(Protocol):
    """The methods of the Agents SDK's sessions that are used here."""

    async def add_items(self, items: Items) -> None: ...
    async def get_items(self) -> Items: ...
    async def pop_item(self) -> Any: ...
    async def clear_session(self) -> None: ...


@dataclass(frozen=True)
class Peer:
    """A store, with the Redis commands that it uses to store a batch and to pop an item."""

    title: str
    package: str
    library: str
    make: Callable[[str, Any], Store]
    storing: bytes
    taking: bytes
    is_ours: bool = False

    @property
    def version(self) -> str:
        """The version of the package that this process imports."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return "from source"

    def load(self) -> None:
        """Import all the modules that it needs, by creating a session without using it."""
        self.make("nobody", self.connect("from_url", "localhost", 1))

    def connect(self, way: Way, host: str, port: int) -> Any:
        """Create a client, to be shared by all sessions of a run."""
        library = import_module(self.library)
        if way == "from_url":
            return library.from_url(f"redis://{host}:{port}/0")
        return getattr(library, way)(host=host, port=port)


def _command(name: bytes) -> bytes:
    """The name of a command as sent to the server."""
    return b"$%d\r\n%s\r\n" % (len(name), name)


def _of_the_sdk(session_id: str, client: Any) -> Store:
    from agents.extensions.memory import RedisSession

    return RedisSession(session_id, redis_client=client, ttl=TTL)


def _of_openai_agents_session(session_id: str, client: Any) -> Store:
    from openai_agents_session import RedisSession

    return RedisSession(session_id, client, ttl=TTL)


def _blocking(session_id: str, client: Any) -> Store:
    from openai_agents_session import SyncRedisSession

    return SyncRedisSession(session_id, client, ttl=TTL).as_async()


PEERS = {
    "sdk": Peer(
        title="SDK {version}",
        package="openai-agents",
        library="redis.asyncio",
        make=_of_the_sdk,
        storing=_command(b"EXEC"),
        taking=_command(b"RPOP"),
    ),
    "old": Peer(
        title="{version}",
        package="openai-agents-session",
        library="redis.asyncio",
        make=_of_openai_agents_session,
        storing=_command(b"RPUSH"),
        taking=_command(b"RPOP"),
    ),
    "async": Peer(
        title="{version}, async",
        package="openai-agents-session",
        library="redis.asyncio",
        make=_of_openai_agents_session,
        storing=_command(b"EVALSHA"),
        taking=_command(b"EVALSHA"),
        is_ours=True,
    ),
    "blocking": Peer(
        title="{version}, blocking",
        package="openai-agents-session",
        library="redis",
        make=_blocking,
        storing=_command(b"EVALSHA"),
        taking=_command(b"EVALSHA"),
        is_ours=True,
    ),
}
