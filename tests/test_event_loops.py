"""An asyncio client belongs to one event loop: any other is told so at once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio
from agents import Agent, RunConfig, Runner
from scripted_model import ScriptedModel

from openai_agents_session import RedisSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from .support.server import Server

ITEMS: Any = [{"role": "user", "content": "Hello"}]
AGENT = Agent(name="Companion", model=ScriptedModel())
CONFIG = RunConfig(tracing_disabled=True)

USES: dict[str, Callable[[RedisSession], Awaitable[object]]] = {
    "get_items": lambda session: session.get_items(),
    "add_items": lambda session: session.add_items(ITEMS),
    "pop_item": lambda session: session.pop_item(),
    "clear_session": lambda session: session.clear_session(),
    "replace_items": lambda session: session.replace_items(ITEMS),
    "count": lambda session: session.count(),
    "expires_in": lambda session: session.expires_in(),
    "ping": lambda session: session.ping(),
    "_atomic_replace_items": lambda session: session._atomic_replace_items(ITEMS),
    "_get_compaction_snapshot": lambda session: session._get_compaction_snapshot(5),
}


class Loop:
    """An event loop in a thread of its own, to have two at the same time."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


async def use(session: RedisSession) -> None:
    await session.add_items(ITEMS)


def is_refused(work: Any) -> None:
    """The error says what happened and names both cures."""
    with pytest.raises(RuntimeError) as caught:
        asyncio.run(work)
    text = str(caught.value)
    assert "was first used in another event loop" in text
    assert "one client per event loop" in text
    assert "SyncRedisSession" in text


async def call(name: str, session: RedisSession) -> None:
    await USES[name](session)


@pytest.mark.parametrize("name", USES)
def test_a_second_loop_at_the_same_time(server: Server, loop: Loop, name: str) -> None:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    loop.run(use(RedisSession("ada", client)))
    is_refused(call(name, RedisSession("bob", client)))
    loop.run(use(RedisSession("ada", client)))  # the first one goes on
    assert server.command("LLEN", "openai_agents_session:ada") == 2
    assert server.command("EXISTS", "openai_agents_session:bob") == 0
    loop.run(client.aclose())


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # its connections died with the loop
@pytest.mark.parametrize("name", USES)
def test_a_loop_after_the_first_was_closed(server: Server, name: str) -> None:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    session = RedisSession("ada", client)
    asyncio.run(closing(client, use(session)))
    is_refused(call(name, session))
    is_refused(call(name, RedisSession("bob", client)))


async def closing(client: redis.asyncio.Redis, work: Awaitable[None]) -> None:
    await work
    await client.aclose()  # it may be used again, redis-py says: but not in another loop


def test_a_session_made_before_any_loop(server: Server, loop: Loop) -> None:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    sessions = [RedisSession("ada", client), RedisSession("bob", client)]
    for session in sessions * 2:
        loop.run(use(session))
    is_refused(use(sessions[0]))
    loop.run(client.aclose())


def test_a_session_of_its_own_url(server: Server, loop: Loop) -> None:
    session = RedisSession.from_url("ada", server.url)
    loop.run(use(session))
    is_refused(use(session))
    loop.run(session.close())


def test_a_client_for_every_loop(server: Server) -> None:
    async def work() -> None:
        async with RedisSession.from_url("ada", server.url) as session:
            await use(session)

    for _ in range(3):
        asyncio.run(work())
    assert server.command("LLEN", "openai_agents_session:ada") == 3


def test_the_runner_says_so_too(server: Server, loop: Loop) -> None:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    session = RedisSession("ada", client)

    async def run() -> None:
        await Runner.run(AGENT, "Hello", session=session, run_config=CONFIG)

    loop.run(run())
    is_refused(run())
    loop.run(client.aclose())
