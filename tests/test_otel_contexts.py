"""In which context spans begin, and what they leave there: tasks, threads, generators, signals."""

from __future__ import annotations

import asyncio
import pkgutil
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import (
    RedisSession,
    RedisSessionManager,
    SyncRedisSession,
    SyncRedisSessionManager,
)

from .support.telemetry import error_type, is_root

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .support.server import Server
    from .support.telemetry import Telemetry

ITEMS: Any = [{"role": "user", "content": "a"}]


async def test_turns_at_the_same_time(server: Server, telemetry: Telemetry) -> None:
    async def run(name: str) -> None:
        async with RedisSession.from_url(name, server.url) as session, session.turn() as turn:
            await turn.add_items(ITEMS)

    await asyncio.gather(*(run(str(number)) for number in range(5)))
    turns = [span for span in telemetry.spans() if span.name == "session.turn"]
    assert len(turns) == 5
    for span in turns:
        assert is_root(span)
        assert telemetry.children(span) == ["session.turn.begin", "session.turn.commit"]


async def test_a_turn_that_is_left_in_another_task(server: Server, telemetry: Telemetry) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        turn = session.turn()
        await asyncio.ensure_future(turn.__aenter__())
        await turn.add_items(ITEMS)
        await asyncio.ensure_future(turn.__aexit__(None, None, None))
        whole = telemetry.span("session.turn")
        assert telemetry.children(whole) == ["session.turn.begin", "session.turn.commit"]
        await session.count()
    assert is_root(telemetry.span("session.count"))


def test_a_turn_that_is_left_in_a_copy_of_its_context(
    server: Server, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        turn = copy_context().run(session.turn().__enter__)
        turn.add_items(ITEMS)
        copy_context().run(turn.__exit__, None, None, None)
        session.count()
    assert is_root(telemetry.span("session.count"))
    assert len(telemetry.children(telemetry.span("session.turn"))) == 2
    assert not caplog.records


def test_turns_that_end_in_the_order_in_which_they_began(
    server: Server, telemetry: Telemetry
) -> None:
    with SyncRedisSessionManager(url=server.url) as manager:
        turns = [manager.session(name).turn() for name in ("ada", "bob", "eve")]
        for turn in turns:
            turn.__enter__()
        for turn in turns:
            turn.__exit__(None, None, None)
        manager.session("ada").count()
    assert is_root(telemetry.span("session.count"))


def test_a_turn_that_ends_inside_a_span(server: Server, telemetry: Telemetry) -> None:
    tracer = telemetry.tracers.get_tracer("app")

    def answer_and_send(session: SyncRedisSession) -> None:
        turn = session.turn()
        turn.__enter__()
        turn.add_items(ITEMS)
        with tracer.start_as_current_span("answer"):
            turn.__exit__(None, None, None)
            with tracer.start_as_current_span("send"):
                pass

    with SyncRedisSession.from_url("ada", server.url) as session:
        copy_context().run(answer_and_send, session)
    whole, answer = telemetry.span("session.turn"), telemetry.span("answer")
    assert telemetry.children(whole) == ["session.turn.begin", "session.turn.commit", "answer"]
    assert telemetry.children(answer) == ["send"]


def test_a_generator_that_is_abandoned_in_a_turn(server: Server, telemetry: Telemetry) -> None:
    def stream(session: SyncRedisSession) -> Iterator[int]:
        with session.turn() as turn:
            turn.add_items(ITEMS)
            yield 1

    with SyncRedisSession.from_url("ada", server.url) as session:
        answer = stream(session)
        assert next(answer) == 1
        del answer
        whole = telemetry.span("session.turn")
        assert telemetry.children(whole) == ["session.turn.begin", "session.turn.release"]
        assert error_type(whole) == "GeneratorExit"
        session.count()
    assert is_root(telemetry.span("session.count"))


async def test_a_listing_that_is_abandoned(server: Server, telemetry: Telemetry) -> None:
    async with RedisSessionManager(url=server.url) as manager:
        await manager.store_message("ada", "user", "hello")
        listing: AsyncIterator[Any] = manager.session_ids()
        assert await anext(listing) == "ada"
        await manager.stats("ada")
        del listing
        await manager.user("bob").session("one").add_items(ITEMS)
        infos = manager.user("bob").sessions()
        assert (await anext(infos)).session_id == "one"
        await manager.stats("ada")
    assert telemetry.names() == [
        "manager.store_message",
        "manager.session_ids",
        "manager.stats",
        "session.add_items",
        "user_sessions.page",
        "manager.stats",
    ]
    assert all(map(is_root, telemetry.spans()))


async def test_a_call_that_is_closed_in_another_context(
    server: Server, telemetry: Telemetry
) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        await session.count()
        telemetry.forget_spans()
        call: Any = session.add_items(ITEMS)
        copy_context().run(call.send, None)
        call.close()
        assert error_type(telemetry.span("session.add_items")) == "GeneratorExit"
        await session.count()
    assert is_root(telemetry.span("session.count"))


@pytest.mark.parametrize(
    "where", ["opentelemetry.context.attach", "opentelemetry.sdk.metrics.Histogram.record"]
)
def test_an_interruption_leaves_nothing_in_the_context(
    where: str, server: Server, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, _, name = where.rpartition(".")
    call = getattr(pkgutil.resolve_name(owner), name)

    def call_and_interrupt(*arguments: Any) -> None:
        monkeypatch.undo()
        call(*arguments)
        raise KeyboardInterrupt

    with SyncRedisSession.from_url("ada", server.url) as session:
        monkeypatch.setattr(where, call_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            session.count()
        session.ping()
    assert telemetry.names() == ["session.count", "session.ping"]
    assert is_root(telemetry.span("session.ping"))
