"""Sessions in the Runner of the Agents SDK, with a model that answers from the history it gets."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from agents import Agent, RunConfig, Runner, function_tool
from agents.memory import Session, SessionSettings
from agents.version import __version__ as sdk_version
from scripted_model import ScriptedModel

from openai_agents_session import RedisSession, SyncRedisSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .support.server import Server

CONFIG = RunConfig(tracing_disabled=True)
TURNS = ["My name is Ada and I live in London.", "What is the weather there?"]
RECALL = "What did we talk about?"
SDK = tuple(int(part) for part in sdk_version.split(".")[:2])


@function_tool
def get_weather(city: str) -> str:
    return f"sunny in {city}"


AGENT = Agent(name="Companion", model=ScriptedModel(), tools=[get_weather])


@pytest.fixture
async def client(server: Server) -> AsyncIterator[redis.asyncio.Redis]:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    yield client
    await client.aclose()


@pytest.fixture
def blocking_client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


@pytest.fixture
def own_loop() -> Iterator[None]:
    """Give `run_sync` a loop that is closed: it would leave one of its own open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def check_recital(answer: str) -> None:
    assert answer.startswith("This is turn 3. Your name: Ada. Your city: London. ")
    assert "Tools reported: sunny in London." in answer
    assert f"(1) {TURNS[0]} (2) {TURNS[1]} (3) {RECALL}" in answer


async def test_a_conversation_of_three_turns(client: redis.asyncio.Redis) -> None:
    session = RedisSession("ada", client, ttl=100)
    for turn in TURNS:
        await Runner.run(AGENT, turn, session=session, run_config=CONFIG)
    result = await Runner.run(AGENT, RECALL, session=session, run_config=CONFIG)
    check_recital(result.final_output)
    kinds = [item.get("type") for item in await session.get_items()]
    assert kinds.count("function_call") == kinds.count("function_call_output") == 1


async def test_a_streamed_turn(client: redis.asyncio.Redis) -> None:
    session = RedisSession("ada", client)
    for turn in TURNS:
        await Runner.run(AGENT, turn, session=session, run_config=CONFIG)
    result = Runner.run_streamed(AGENT, RECALL, session=session, run_config=CONFIG)
    async for _ in result.stream_events():
        pass
    check_recital(result.final_output)
    assert await session.count() == 8


@pytest.mark.usefixtures("own_loop")
def test_run_sync_with_the_blocking_session(blocking_client: redis.Redis) -> None:
    session = SyncRedisSession("ada", blocking_client, ttl=100)
    for turn in TURNS:
        Runner.run_sync(AGENT, turn, session=session.as_async(), run_config=CONFIG)
    result = Runner.run_sync(AGENT, RECALL, session=session.as_async(), run_config=CONFIG)
    check_recital(result.final_output)
    assert session.count() == 8


@pytest.mark.usefixtures("own_loop")
def test_run_sync_with_the_blocking_session_itself(blocking_client: redis.Redis) -> None:
    session: Any = SyncRedisSession("ada", blocking_client, session_settings={"limit": 50})
    if SDK < (0, 20):
        with pytest.raises(TypeError, match="await"):
            Runner.run_sync(AGENT, TURNS[0], session=session, run_config=CONFIG)
        return
    for turn in TURNS:
        Runner.run_sync(AGENT, turn, session=session, run_config=CONFIG)
    check_recital(Runner.run_sync(AGENT, RECALL, session=session, run_config=CONFIG).final_output)


async def test_the_blocking_session_in_a_running_loop(blocking_client: redis.Redis) -> None:
    session = SyncRedisSession("ada", blocking_client)
    for turn in TURNS:
        await Runner.run(AGENT, turn, session=session.as_async(), run_config=CONFIG)
    result = await Runner.run(AGENT, RECALL, session=session.as_async(), run_config=CONFIG)
    check_recital(result.final_output)


async def test_settings_of_a_run_override_those_of_the_session(
    client: redis.asyncio.Redis,
) -> None:
    session = RedisSession("ada", client, session_settings=SessionSettings(limit=100))
    for turn in TURNS:
        await Runner.run(AGENT, turn, session=session, run_config=CONFIG)
    config = RunConfig(tracing_disabled=True, session_settings=SessionSettings(limit=1))
    result = await Runner.run(AGENT, RECALL, session=session, run_config=config)
    assert "This is turn 1." in result.final_output  # of the history, one answer of the model


async def test_settings_of_the_session_limit_a_run(client: redis.asyncio.Redis) -> None:
    session = RedisSession("ada", client)
    for turn in TURNS:
        await Runner.run(AGENT, turn, session=session, run_config=CONFIG)
    session = RedisSession("ada", client, session_settings={"limit": 1})
    result = await Runner.run(AGENT, RECALL, session=session, run_config=CONFIG)
    assert "This is turn 1." in result.final_output


def test_both_satisfy_the_protocol(blocking_client: redis.Redis) -> None:
    assert isinstance(RedisSession("ada", redis.asyncio.Redis()), Session)
    view: Session = SyncRedisSession("ada", blocking_client).as_async()
    assert isinstance(view, Session)
    assert view.session_id == "ada"


def test_settings_write_through_the_view(blocking_client: redis.Redis) -> None:
    session = SyncRedisSession("ada", blocking_client, session_settings={"limit": 1})
    view = session.as_async()
    assert view.session_settings == SessionSettings(limit=1)
    view.session_settings = SessionSettings(limit=2)
    assert session.session_settings == SessionSettings(limit=2)
    assert repr(view) == "<SyncRedisSession key='openai_agents_session:ada'>.as_async()"


async def test_the_view_blocks_no_loop(server: Server, blocking_client: redis.Redis) -> None:
    view = SyncRedisSession("ada", blocking_client).as_async()
    await view.add_items([{"role": "user", "content": "Hello"}])
    server.pause()
    try:
        reading = asyncio.ensure_future(view.get_items())
        for _ in range(10):  # the loop goes round while the thread waits
            await asyncio.sleep(0)
        assert not reading.done()
    finally:
        server.resume()
    assert await reading == [{"role": "user", "content": "Hello"}]


def test_one_view_serves_many_loops_and_threads(blocking_client: redis.Redis) -> None:
    view = SyncRedisSession("ada", blocking_client).as_async()

    def work() -> None:
        for _ in range(5):
            asyncio.run(view.add_items([{"role": "user", "content": "x"}]))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asyncio.run(view.get_items())) == 40
    assert asyncio.run(view.pop_item()) == {"role": "user", "content": "x"}
    asyncio.run(view.clear_session())
    assert asyncio.run(view.pop_item()) is None
