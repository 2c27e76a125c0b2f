"""A Runner that is given the session inside a block of its turn: a warning says so."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from agents import Runner

from openai_agents_session import RedisSession, SyncRedisSession

from .support.steps import says
from .support.turn_runs import CONFIG, agent
from .support.turns import talk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server

WARNING = "Pass the turn to the Runner, not the session"


def count(caplog: pytest.LogCaptureFixture) -> int:
    """Return how many warnings there are; none of them says what was added."""
    texts = [record.getMessage() for record in caplog.records if record.name != "openai.agents"]
    assert not any("secret" in text for text in texts)
    return sum(WARNING in text for text in texts)


async def test_the_async_session(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        async with session.turn() as turn:
            await Runner.run(agent([says("yes")]), "secret", session=turn, run_config=CONFIG)
        assert count(caplog) == 0
        async with session.turn():
            await Runner.run(agent([says("yes")]), "secret", session=session, run_config=CONFIG)
        assert count(caplog) == 1
        assert await session.count() == 4


@pytest.fixture
def loop() -> Iterator[None]:
    """Give `run_sync` a loop that is closed: it would leave one of its own open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)


@pytest.mark.usefixtures("loop")
def test_the_blocking_session(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    def ask(session: Any) -> None:
        Runner.run_sync(agent([says("yes")]), "secret", session=session, run_config=CONFIG)

    with SyncRedisSession.from_url("ada", server.url) as session:
        with session.turn() as turn:
            Runner.run_sync(
                agent([says("yes")]), "secret", session=turn.as_async(), run_config=CONFIG
            )
        assert count(caplog) == 0
        with session.turn():
            Runner.run_sync(
                agent([says("yes")]), "secret", session=session.as_async(), run_config=CONFIG
            )
        assert count(caplog) == 1
        assert session.count() == 4


async def test_a_request_beside_the_turn(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()

    async with RedisSession.from_url("ada", server.url) as session:

        async def add() -> None:
            await begun.wait()
            await session.add_items(talk("b"))

        beside = asyncio.create_task(add())
        async with session.turn():
            begun.set()
            await beside
            assert count(caplog) == 0
            await asyncio.create_task(add())  # which the turn has started
            assert count(caplog) == 1


def test_a_thread_beside_the_turn(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with (
        SyncRedisSession.from_url("ada", server.url) as session,
        ThreadPoolExecutor(1) as pool,
        session.turn(),
    ):
        pool.submit(session.add_items, talk("b")).result()
    assert count(caplog) == 0
