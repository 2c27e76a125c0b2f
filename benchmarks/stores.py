"""The stores whose speed is compared, each with its own client, and all on one server.

Raw redis-py is the lower limit: only the commands that every store needs, on encoded items.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import redis
import redis.asyncio
from agents import SQLiteSession
from agents.extensions.memory import RedisSession as SDKSession
from jiter import from_json

from benchmarks.conversation import conversation, encoded
from benchmarks.release import load_release
from openai_agents_session import RedisSession, SyncRedisSession
from tests.support.resp import call, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Api: TypeAlias = Literal["async", "blocking"]

TTL = 3600
THREADS = 8
_CHUNK = 500
_RECEIPT_SECONDS = 120
_ADD = """
if redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[2]) then
  redis.call('RPUSH', KEYS[1], unpack(ARGV, 3))
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
"""


# A pop must know its position, too, in case it is undone.
_POP = """
local element = redis.call('LINDEX', KEYS[1], -1)
if not element then return redis.call('GET', KEYS[2]) end
local taken = redis.call('LLEN', KEYS[1]) - 1 .. ':' .. element
if redis.call('SET', KEYS[2], taken, 'NX', 'EX', ARGV[2]) then
  redis.call('LTRIM', KEYS[1], 0, -2)
  redis.call('EXPIRE', KEYS[1], ARGV[1])
  return taken
end
return redis.call('GET', KEYS[2])
"""


@dataclass(frozen=True)
class Store:
    """A store: its title in the tables, its API, and how it is used."""

    title: str
    api: Api
    is_raw: bool = False
    on_redis: bool = True


STORES = {
    "raw": Store("raw redis-py", "async", is_raw=True),
    "script": Store("bare EVALSHA", "async", is_raw=True),
    "ours": Store("RedisSession", "async"),
    "sdk": Store("SDK's RedisSession", "async"),
    "old": Store("0.1.0", "async"),
    "sqlite": Store("SDK's SQLiteSession", "async", on_redis=False),
    "raw-blocking": Store("raw redis-py", "blocking", is_raw=True),
    "script-blocking": Store("bare EVALSHA", "blocking", is_raw=True),
    "ours-blocking": Store("SyncRedisSession", "blocking"),
}
SCRIPTS = {"script", "script-blocking"}
SESSIONS = tuple(store for store in STORES if store not in SCRIPTS)
"""The stores that support every operation; the scripts only add and pop."""


class RawSession:
    """Raw commands. Each returns a reply, or an awaitable of it."""

    def __init__(self, key: str, client: Any, ttl: int | None) -> None:
        self._key = key
        self._client = client
        self._ttl = ttl

    def add_items(self, elements: Sequence[bytes]) -> Any:
        return self._client.rpush(self._key, *elements)

    def pop_item(self) -> Any:
        return self._client.rpop(self._key)

    def clear_session(self) -> Any:
        return self._client.unlink(self._key)

    def replace_items(self, elements: Sequence[bytes]) -> Any:
        pipeline = self._client.pipeline()
        pipeline.unlink(self._key)
        pipeline.rpush(self._key, *elements)
        if self._ttl is not None:
            pipeline.expire(self._key, self._ttl)
        return pipeline.execute()

    def _read(self, limit: int | None) -> Any:
        first = 0 if limit is None else -limit
        if self._ttl is None:
            return self._client.lrange(self._key, first, -1)
        pipeline = self._client.pipeline(transaction=False)
        pipeline.lrange(self._key, first, -1)
        pipeline.expire(self._key, self._ttl)
        return pipeline.execute()


class RawAwaited(RawSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        replies = await self._read(limit)
        return [from_json(x) for x in (replies if self._ttl is None else replies[0])]


class RawBlocking(RawSession):
    def get_items(self, limit: int | None = None) -> list[Any]:
        replies = self._read(limit)
        return [from_json(x) for x in (replies if self._ttl is None else replies[0])]


class ScriptSession(RawSession):
    """The minimum for exactly once: one script, a new receipt, and the TTL."""

    def __init__(self, key: str, client: Any, ttl: int | None, digests: tuple[str, str]) -> None:
        super().__init__(key, client, ttl)
        self._add, self._pop = digests
        self._receipts = f"{{{key}}}:~"

    def add_items(self, elements: Sequence[bytes]) -> Any:
        return self._run(self._add, *elements)

    def pop_item(self) -> Any:
        return self._run(self._pop)

    def _run(self, digest: str, *elements: bytes) -> Any:
        receipt = self._receipts + os.urandom(16).hex()
        more = (self._key, receipt, self._ttl, _RECEIPT_SECONDS, *elements)
        return self._client.evalsha(digest, 2, *more)


class Arena:
    """All stores, ready for use, on one server."""

    def __init__(self, address: tuple[str, int], release: Path, folder: Path) -> None:
        self._database = folder / "sessions.db"
        self._release = load_release(release)
        self._digests = (
            text(call(address, "SCRIPT", "LOAD", _ADD)),
            text(call(address, "SCRIPT", "LOAD", _POP)),
        )
        self._sqlite: list[SQLiteSession] = []
        self._histories: dict[str, Any] = {}
        self.threads = ThreadPoolExecutor(THREADS)
        host, port = address
        kinds: dict[Api, Any] = {"async": redis.asyncio.Redis, "blocking": redis.Redis}
        self.clients = {
            name: kinds[store.api](host=host, port=port)
            for name, store in STORES.items()
            if store.on_redis
        }

    def session(self, store: str, name: str, ttl: int | None) -> Any:
        """Create a session. Every store uses other keys, although 0.1.0 names its keys as we do."""
        name = f"{store}:{name}"
        if store == "sqlite":
            self._sqlite.append(session := SQLiteSession(name, self._database))
            return session
        client = self.clients[store]
        if store in SCRIPTS:
            return ScriptSession(name, client, ttl, self._digests)
        if store == "sdk":
            return SDKSession(name, redis_client=client, ttl=ttl)
        make = {
            "raw": RawAwaited,
            "raw-blocking": RawBlocking,
            "ours": RedisSession,
            "ours-blocking": SyncRedisSession,
            "old": self._release,
        }[store]
        return make(name, client, ttl=ttl)

    async def history(self, store: str, count: int, ttl: int | None) -> Any:
        """Return a session of `count` items that is only read."""
        name = f"history-{count}-{ttl}"
        if (session := self._histories.get(store + name)) is None:
            session = self._histories[store + name] = self.session(store, name, ttl)
            await refill(store, session, count)
        return session

    async def close(self) -> None:
        self.threads.shutdown()
        for session in self._sqlite:
            session.close()
        for name, client in self.clients.items():
            await finished(client.aclose() if STORES[name].api == "async" else client.close())


def items_for(store: str, count: int, first: int = 0) -> list[Any]:
    """Return items in the form that the store accepts."""
    items = conversation(count, first)
    return encoded(items) if STORES[store].is_raw else items


async def refill(store: str, session: Any, count: int) -> None:
    """Replace the contents of a session with `count` items."""
    await finished(session.clear_session())
    items = items_for(store, count)
    for start in range(0, count, _CHUNK):
        await finished(session.add_items(items[start : start + _CHUNK]))


async def finished(result: Any) -> Any:
    """Await the result of a call, if it is awaitable."""
    return await result if isawaitable(result) else result
