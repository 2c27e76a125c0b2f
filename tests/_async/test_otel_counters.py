# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What is counted and measured: attempts, answers from receipts, what was passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError

from openai_agents_session import RedisSession, RedisSessionManager
from openai_agents_session.otel import instrument, uninstrument

from .._aio import Redis, Retry, pause
from ..support.internals import new_pop
from ..support.telemetry import Telemetry, attribute, instrumented

if TYPE_CHECKING:
    from .._aio import Action
    from ..support.proxy import FaultProxy
    from ..support.server import Server

ITEMS: Any = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


def patient(proxy: FaultProxy) -> Redis:
    """Return a client that sends a command again by itself, in every version of redis-py."""
    return Redis(
        host=proxy.host,
        port=proxy.port,
        retry=Retry(NoBackoff(), 3),
        retry_on_error=[ConnectionError, TimeoutError],
    )


def impatient(proxy: FaultProxy) -> Redis:
    """Return a client that never does."""
    return Redis(host=proxy.host, port=proxy.port, retry=Retry(NoBackoff(), 0))


async def a_turn(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(ITEMS)


async def with_a_lock(session: RedisSession) -> None:
    async with session.lock() as lock:
        await lock.extend(100)


def mutations(session: RedisSession, manager: RedisSessionManager) -> list[tuple[Action, int]]:
    """Return every call that changes something, and how many scripts with a receipt it runs."""
    few = RedisSession("few", manager.client, max_items=3)
    alice = manager.user("alice")
    return [
        (lambda: session.add_items(ITEMS), 1),
        (lambda: few.add_items(ITEMS), 1),
        (lambda: session.add_items(ITEMS, idempotency_key="once"), 1),
        (lambda: session.append_raw_elements([b"{}"], at=4), 1),
        (lambda: session.pop_item(), 1),
        (lambda: session.rewind(), 1),
        (lambda: session.fork("copy"), 1),
        (lambda: session.replace_items(ITEMS), 1),
        (lambda: a_turn(session), 2),
        (lambda: with_a_lock(session), 3),
        (lambda: manager.store_message("ada", "user", "hello"), 1),
        (lambda: alice.adopt("ada"), 1),
        (lambda: alice.update("ada", title="Rome"), 1),
        (lambda: alice.delete("ada"), 1),
        (lambda: alice.erase(), 1),
        (lambda: session.clear_session(), 1),
    ]


@pytest.mark.parametrize("decoded", [False, True])
async def test_a_repeated_call_is_told_by_its_reply(
    proxy: FaultProxy, server: Server, decoded: bool, telemetry: Telemetry
) -> None:
    address: Any = {"host": proxy.host, "port": proxy.port, "decode_responses": decoded}
    client = Redis(retry=Retry(NoBackoff(), 0), **address)
    session, manager = RedisSession("bob", client), RedisSessionManager(client)
    replays = 0
    for mutate, scripts in mutations(session, manager):
        server.command("SCRIPT", "FLUSH")  # so that the first try of each script is an EVAL
        proxy.arm("cut_after", b"\r\nEVAL\r\n", times=None)
        await mutate()
        proxy.disarm()
        replays += scripts
        assert telemetry.counted("replays") == replays
        assert telemetry.counted("retries") == replays
    assert await session.get_items() == []
    await client.aclose()


async def test_a_reply_that_was_lost(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    session = RedisSession("ada", client)
    await a_turn(session)  # the server learns the scripts
    await session.add_items(ITEMS)
    telemetry.forget_spans()
    proxy.arm("cut_after", times=2)
    await session.add_items(ITEMS)
    assert attribute(telemetry.span("session.add_items"), "attempts") == 3
    proxy.arm("cut_before")
    await session.get_items()
    assert attribute(telemetry.span("session.get_items"), "attempts") == 2
    proxy.arm("cut_after", b"EVALSHA", skip=1)
    async with session.turn() as turn:
        await turn.add_items(ITEMS)
    assert attribute(telemetry.span("session.turn.begin"), "attempts") == 1
    assert attribute(telemetry.span("session.turn.commit"), "attempts") == 2
    assert attribute(telemetry.span("session.turn"), "attempts") == 2
    assert telemetry.counted("retries") == 4
    assert telemetry.counted("replays") == 2
    await client.aclose()


async def test_a_renewal_is_part_of_its_turn(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    async with RedisSession("ada", client).turn(lease=0.6) as turn:
        await turn.add_items(ITEMS)
        proxy.arm("cut_before", b"EVALSHA")
        while not telemetry.counted("retries"):
            await pause(0.01)
    assert attribute(telemetry.span("session.turn"), "attempts") == 2
    assert attribute(telemetry.span("session.turn.commit"), "attempts") == 1
    await client.aclose()


async def test_a_reply_that_redis_py_asked_for_again(
    proxy: FaultProxy, telemetry: Telemetry
) -> None:
    client = patient(proxy)
    session = RedisSession("ada", client)
    await session.add_items(ITEMS)  # the server learns the script
    proxy.arm("cut_after", b"EVALSHA")
    await session.add_items(ITEMS)
    assert [attribute(span, "attempts") for span in telemetry.spans()] == [1, 1]
    assert telemetry.counted("replays") == 1
    assert telemetry.counted("retries") == 0
    assert await session.count() == 4
    await client.aclose()


async def test_a_call_that_was_lost_is_no_replay(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    proxy.arm("cut_before", b"EVALSHA")
    await RedisSession("ada", client).add_items(ITEMS)
    assert telemetry.counted("retries") == 1
    assert telemetry.counted("replays") == 0
    await client.aclose()


async def test_a_key_of_the_caller_is_no_replay(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    await session.add_items(ITEMS, idempotency_key="once")
    await session.add_items(ITEMS, idempotency_key="once")
    assert await session.count() == 2
    assert telemetry.counted("replays") == 0


async def test_what_is_passed_over(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    await session.add_items(ITEMS)
    await client.rpush(session.key, "no item", "[]", "neither")
    assert await session.get_items() == ITEMS
    assert telemetry.counted("skipped_items") == 3
    assert await session.pop_item() == ITEMS[1]
    assert telemetry.counted("skipped_items") == 6
    assert telemetry.names() == ["session.add_items", "session.get_items", "session.pop_item"]


async def test_a_pop_that_is_undone(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    await session.add_items(ITEMS)
    pop = new_pop(session)
    assert await pop.take()
    await pop.put_back()
    assert await session.get_items() == ITEMS
    assert telemetry.counted("put_backs") == 1
    assert telemetry.counted("replays") == 0


async def test_an_undoing_whose_reply_was_lost(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    session = RedisSession("ada", client)
    await session.add_items(ITEMS)
    pop = new_pop(session)
    assert await pop.take()
    proxy.arm("cut_after", b"\r\nEVAL\r\n", times=2)
    await pop.put_back()
    assert await session.get_items() == ITEMS
    assert telemetry.counted("put_backs") == 1
    assert telemetry.counted("replays") == 1
    await client.aclose()


async def test_a_pop_that_took_nothing_is_not_put_back(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    await new_pop(session).put_back()  # interrupted before it was sent
    pop = new_pop(session)
    assert await pop.take() is None
    await pop.put_back()
    await session.add_items(ITEMS)
    pop = new_pop(session)
    assert await pop.take()
    await session.clear_session()
    await pop.put_back()
    assert await session.get_items() == []
    assert telemetry.counted("put_backs") == 0


async def test_how_long_it_took(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    await session.add_items(ITEMS)
    await session.add_items(ITEMS)
    bad: Any = [{"a": {1}}]
    with pytest.raises(TypeError):
        await session.add_items(bad)
    points = telemetry.points("operation.duration")
    name = {"openai_agents_session.operation": "session.add_items"}
    assert [point.attributes for point in points] == [name, {**name, "error.type": "TypeError"}]
    assert [point.count for point in points] == [2, 1]
    assert 0 < points[0].sum < 60
    assert points[0].explicit_bounds[0] < 0.001


async def test_the_second_call_replaces_the_first(client: Redis) -> None:
    first, second = Telemetry(), Telemetry()
    session = RedisSession("ada", client)
    instrument(first.tracers, first.meters)
    await session.count()
    instrument(second.tracers, second.meters, session_ids=True)
    await session.ping()
    uninstrument()
    uninstrument()
    await session.get_items()
    assert first.names() == ["session.count"]
    assert second.names() == ["session.ping"]
    assert len(second.points("operation.duration")) == 1


async def test_what_runs_when_the_instrumentation_ends(client: Redis) -> None:
    with instrumented() as telemetry:
        turn = RedisSession("ada", client).turn()
        await turn.__aenter__()
    await turn.add_items(ITEMS)
    await turn.__aexit__(None, None, None)
    assert telemetry.names() == ["session.turn.begin", "session.turn.commit", "session.turn"]
    assert await RedisSession("ada", client).count() == 2
