"""Whose spans there are, and what cancellations and changes of the observer do to them."""

from __future__ import annotations

import asyncio
from importlib.metadata import Distribution, PackageNotFoundError
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode

from openai_agents_session import RedisSession, SyncRedisSession
from openai_agents_session.otel import instrument, uninstrument

from .support.internals import give_up_at_once, replace_pause, script
from .support.interruptions import struck
from .support.ports import LOOPBACK, free_port
from .support.telemetry import Telemetry, attribute, error_type, is_root

if TYPE_CHECKING:
    from .support.proxy import FaultProxy
    from .support.server import Server
    from .support.turn_runs import Conversation

ITEMS: Any = [{"role": "user", "content": "a"}]


async def test_spans_of_a_caller(session: Any, telemetry: Telemetry) -> None:
    tracer = telemetry.tracers.get_tracer("app")
    with tracer.start_as_current_span("request"):
        await session.add_items(ITEMS)
        await session.get_items()
        await session.pop_item()
        await session.clear_session()
    names = ["add_items", "get_items", "pop_item", "clear_session"]
    request = telemetry.span("request")
    assert telemetry.children(request) == [f"session.{name}" for name in names]
    assert [attribute(s, "item.count") for s in telemetry.spans()[:4]] == [1, 1, 1, None]


def test_counters_begin_at_zero(telemetry: Telemetry) -> None:
    metrics = telemetry.metrics()
    assert {name: metric.unit for name, metric in metrics.items()} == {
        "retries": "{retry}",
        "replays": "{call}",
        "put_backs": "{item}",
        "skipped_items": "{element}",
        "conflicts": "{turn}",
    }
    assert [telemetry.counted(name) for name in metrics] == [0] * 5
    assert all(len(telemetry.points(name)) == 1 for name in metrics)


async def test_a_program_that_was_bundled_without_metadata(
    session: Any, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(name: str) -> None:
        raise PackageNotFoundError(name)

    with monkeypatch.context() as patch:
        patch.setattr(Distribution, "from_name", find)
        instrument(telemetry.tracers, telemetry.meters)
    await session.get_items()
    scope = telemetry.span("session.get_items").instrumentation_scope
    assert scope is not None
    assert scope.name == "openai_agents_session"
    assert not scope.version


async def test_hooks_of_the_compaction(session: Any, telemetry: Telemetry) -> None:
    await session.add_items(ITEMS)
    tail = await session._read_tail(5)
    assert await tail.replace(0, ITEMS * 2, None)
    assert await session._atomic_replace_items(ITEMS)
    names = ["add_items", "read_tail", "replace_tail", "replace_items"]
    assert telemetry.names() == [f"session.{name}" for name in names]


async def test_spans_inside_a_turn(conversation: Conversation, telemetry: Telemetry) -> None:
    tracer = telemetry.tracers.get_tracer("model")
    async with conversation.turn() as turn:
        with tracer.start_as_current_span("chat"):
            await turn.add_items(ITEMS)
    whole = telemetry.span("session.turn")
    assert telemetry.children(whole) == ["session.turn.begin", "chat", "session.turn.commit"]


async def test_a_turn_that_is_cancelled_after_its_begin_has_failed(
    proxy: FaultProxy, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_at_once(monkeypatch)
    async with RedisSession.from_url("ada", proxy.url) as session:
        proxy.arm("cut_before", script("turn.BEGIN").sha.encode(), times=None)
        release = proxy.arm("delay", script("lock.GIVE_UP").sha.encode())

        async def begin_a_turn() -> None:
            with pytest.raises(asyncio.CancelledError):
                await session.turn().__aenter__()
            proxy.disarm()
            await session.count()

        task = asyncio.ensure_future(begin_a_turn())
        await struck(release)
        task.cancel()
        await task
    assert telemetry.names() == ["session.turn.begin", "session.turn", "session.count"]
    whole = telemetry.span("session.turn")
    assert error_type(whole) == "asyncio.exceptions.CancelledError"
    assert whole.status.status_code is StatusCode.UNSET
    assert is_root(telemetry.span("session.count"))


@pytest.mark.parametrize("kind", ["awaited", "blocking"])
async def test_a_pop_that_is_cancelled(kind: str, proxy: FaultProxy, telemetry: Telemetry) -> None:
    awaited = redis.asyncio.Redis(host=proxy.host, port=proxy.port)
    blocking = redis.Redis(host=proxy.host, port=proxy.port)
    session: Any = RedisSession("ada", awaited)
    if kind == "blocking":
        session = SyncRedisSession("ada", blocking).as_async()
    await session.add_items(ITEMS)
    telemetry.forget_spans()
    fault = proxy.arm("delay", b"EVAL\r\n")
    task = asyncio.ensure_future(session.pop_item())
    await struck(fault)
    task.cancel()
    fault.release()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await session.get_items() == ITEMS
    assert telemetry.counted("put_backs") == 1
    pop = telemetry.span("session.pop_item")
    if kind == "awaited":  # the thread is not cancelled: it takes the item, and puts it back
        assert error_type(pop) == "asyncio.exceptions.CancelledError"
        assert pop.status.status_code is StatusCode.UNSET  # nothing has failed
    await awaited.aclose()
    blocking.close()


async def test_what_runs_when_the_instrumentation_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = Telemetry()

    async def instrument_meanwhile(_: float) -> None:
        instrument(given.tracers, given.meters)

    replace_pause(monkeypatch, instrument_meanwhile)
    async with RedisSession.from_url("ada", f"redis://{LOOPBACK}:{free_port()}") as session:
        assert await session.ping() is False
    uninstrument()
    assert given.counted("retries") > 0
    assert given.names() == []


async def test_what_no_sampler_wants_is_still_measured(server: Server) -> None:
    given = Telemetry()
    instrument(TracerProvider(sampler=ALWAYS_OFF), given.meters)
    async with RedisSession.from_url("ada", server.url) as session:
        await session.add_items(ITEMS)
    uninstrument()
    assert [point.count for point in given.points("operation.duration")] == [1]


class _Interrupted(KeyboardInterrupt):
    """As a signal handler raises it."""


def interrupt(*_: object) -> None:
    raise _Interrupted


def test_a_pop_is_undone_if_the_end_of_its_span_is_interrupted(
    server: Server, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        session.add_items(ITEMS)
        with monkeypatch.context() as patch:
            patch.setattr("opentelemetry.sdk.trace.Span.end", interrupt)
            with pytest.raises(_Interrupted):
                session.pop_item()
        assert session.get_items() == ITEMS
    assert telemetry.counted("put_backs") == 1


async def test_so_it_is_if_it_was_awaited(
    server: Server, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        await session.add_items(ITEMS)
        with monkeypatch.context() as patch:
            patch.setattr("opentelemetry.sdk.trace.Span.end", interrupt)
            with pytest.raises(_Interrupted):
                await session.pop_item()
        assert await session.get_items() == ITEMS
    assert telemetry.counted("put_backs") == 1
