"""One turn of a conversation at a time: what happens without the lock, and with it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from agents import Agent, ModelResponse, RunConfig, Runner
from redis.exceptions import LockError
from scripted_model import ScriptedModel

from openai_agents_session import RedisSession, SyncRedisSession

from .support.polling import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from .support.server import Server

CONFIG = RunConfig(tracing_disabled=True)
LOCK = "{openai_agents_session:ada}:~lock"


class Held(ScriptedModel):
    """Answers when it is told to."""

    def __init__(self, hold: Callable[[], Awaitable[object]]) -> None:
        self._hold = hold

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        await self._hold()
        return await super().get_response(*args, **kwargs)


@pytest.fixture
async def client(server: Server) -> AsyncIterator[redis.asyncio.Redis]:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    yield client
    await client.aclose()


@pytest.fixture
def blocking_client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


async def run(session: Any, hold: Callable[[], Awaitable[object]]) -> None:
    agent = Agent(name="Companion", model=Held(hold))
    await Runner.run(agent, "Hello", session=session, run_config=CONFIG)


def all_arrive(count: int) -> Callable[[], Awaitable[object]]:
    """Make something to await that ends when so many await it."""
    arrived, everybody = [0], asyncio.Event()

    async def arrive() -> None:
        arrived[0] += 1
        if arrived[0] == count:
            everybody.set()
        await asyncio.wait_for(everybody.wait(), 10)

    return arrive


def attempts(server: Server) -> int:
    """Count how often anybody tried to take a lock: redis-py does it with SET ... NX."""
    stats = server.info("commandstats").get("cmdstat_set", "calls=0")
    return int(stats.split("calls=")[1].split(",")[0])


def others_wait(server: Server, tries: int) -> Callable[[], Awaitable[object]]:
    """Make something to await that ends when the lock was tried for so many times."""

    async def tried() -> None:
        await asyncio.to_thread(
            until, lambda: attempts(server) >= tries, 10, "the others to try for the lock"
        )

    return tried


def roles(items: list[Any]) -> list[str]:
    return [item["role"] for item in items]


async def test_without_a_lock_two_runs_interleave(client: redis.asyncio.Redis) -> None:
    both = all_arrive(2)
    await asyncio.gather(*(run(RedisSession("ada", client), both) for _ in range(2)))
    stored = await RedisSession("ada", client).get_items()
    assert roles(stored) == ["user", "user", "assistant", "assistant"]


async def test_with_the_lock_they_do_not(server: Server, client: redis.asyncio.Redis) -> None:
    server.command("CONFIG", "RESETSTAT")
    second_tried = others_wait(server, 2)

    async def turn() -> None:
        session = RedisSession("ada", client)
        async with session.lock(sleep=0.01):
            await run(session, second_tried)

    await asyncio.gather(turn(), turn())
    stored = await RedisSession("ada", client).get_items()
    assert roles(stored) == ["user", "assistant"] * 2
    assert not await client.exists(LOCK)


async def test_with_the_blocking_lock_they_do_not(
    server: Server, blocking_client: redis.Redis
) -> None:
    server.command("CONFIG", "RESETSTAT")

    def turn() -> None:
        session = SyncRedisSession("ada", blocking_client)
        with session.lock(sleep=0.01):
            asyncio.run(run(session.as_async(), others_wait(server, 2)))

    threads = [threading.Thread(target=turn) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert roles(SyncRedisSession("ada", blocking_client).get_items()) == ["user", "assistant"] * 2


async def test_a_busy_conversation_fails_fast(client: redis.asyncio.Redis) -> None:
    session = RedisSession("ada", client)
    async with session.lock(blocking_timeout=0):
        with pytest.raises(LockError):
            async with session.lock(blocking_timeout=0):
                pytest.fail("two at a time")
        assert await RedisSession("ada", client).lock().acquire(blocking_timeout=0) is False
        async with RedisSession("bob", client).lock(blocking_timeout=0):
            pass  # another conversation is free
    async with session.lock(blocking_timeout=0):
        pass


async def test_only_its_owner_can_free_it(client: redis.asyncio.Redis) -> None:
    session = RedisSession("ada", client)
    mine, other = session.lock(), session.lock()
    assert await mine.acquire()
    with pytest.raises(LockError):
        await other.release()
    assert await mine.owned()
    assert 599 <= await client.ttl(LOCK) <= 600  # should its holder die
    await mine.release()


async def test_the_lock_holds_across_both_apis(
    client: redis.asyncio.Redis, blocking_client: redis.Redis
) -> None:
    blocking = SyncRedisSession("ada", blocking_client)
    async with RedisSession("ada", client).lock():
        with pytest.raises(LockError), blocking.lock(blocking_timeout=0):
            pytest.fail("two at a time")
        blocking.add_items([{"role": "user", "content": "Hello"}])  # data is not locked
    with blocking.lock(blocking_timeout=0):
        assert blocking.count() == 1
