# Generated from tests/_async/test_otel_counters.py by tools/generate.py; edit that file instead.
"""What is counted and measured: attempts, answers from receipts, what was passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager
from openai_agents_session.otel import instrument, uninstrument

from .._blocking import Redis, Retry, pause
from ..support.internals import new_pop
from ..support.telemetry import Telemetry, attribute, instrumented

if TYPE_CHECKING:
    from .._blocking import Action
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


def a_turn(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        turn.add_items(ITEMS)


def with_a_lock(session: SyncRedisSession) -> None:
    with session.lock() as lock:
        lock.extend(100)


def mutations(session: SyncRedisSession, manager: SyncRedisSessionManager) -> list[tuple[Action, int]]:
    """Return every call that changes something, and how many scripts with a receipt it runs."""
    few = SyncRedisSession("few", manager.client, max_items=3)
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
def test_a_repeated_call_is_told_by_its_reply(
    proxy: FaultProxy, server: Server, decoded: bool, telemetry: Telemetry
) -> None:
    address: Any = {"host": proxy.host, "port": proxy.port, "decode_responses": decoded}
    client = Redis(retry=Retry(NoBackoff(), 0), **address)
    session, manager = SyncRedisSession("bob", client), SyncRedisSessionManager(client)
    replays = 0
    for mutate, scripts in mutations(session, manager):
        server.command("SCRIPT", "FLUSH")  # so that the first try of each script is an EVAL
        proxy.arm("cut_after", b"\r\nEVAL\r\n", times=None)
        mutate()
        proxy.disarm()
        replays += scripts
        assert telemetry.counted("replays") == replays
        assert telemetry.counted("retries") == replays
    assert session.get_items() == []
    client.close()


def test_a_reply_that_was_lost(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    session = SyncRedisSession("ada", client)
    a_turn(session)  # the server learns the scripts
    session.add_items(ITEMS)
    telemetry.forget_spans()
    proxy.arm("cut_after", times=2)
    session.add_items(ITEMS)
    assert attribute(telemetry.span("session.add_items"), "attempts") == 3
    proxy.arm("cut_before")
    session.get_items()
    assert attribute(telemetry.span("session.get_items"), "attempts") == 2
    proxy.arm("cut_after", b"EVALSHA", skip=1)
    with session.turn() as turn:
        turn.add_items(ITEMS)
    assert attribute(telemetry.span("session.turn.begin"), "attempts") == 1
    assert attribute(telemetry.span("session.turn.commit"), "attempts") == 2
    assert attribute(telemetry.span("session.turn"), "attempts") == 2
    assert telemetry.counted("retries") == 4
    assert telemetry.counted("replays") == 2
    client.close()


def test_a_renewal_is_part_of_its_turn(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    with SyncRedisSession("ada", client).turn(lease=0.6) as turn:
        turn.add_items(ITEMS)
        proxy.arm("cut_before", b"EVALSHA")
        while not telemetry.counted("retries"):
            pause(0.01)
    assert attribute(telemetry.span("session.turn"), "attempts") == 2
    assert attribute(telemetry.span("session.turn.commit"), "attempts") == 1
    client.close()


def test_a_reply_that_redis_py_asked_for_again(
    proxy: FaultProxy, telemetry: Telemetry
) -> None:
    client = patient(proxy)
    session = SyncRedisSession("ada", client)
    session.add_items(ITEMS)  # the server learns the script
    proxy.arm("cut_after", b"EVALSHA")
    session.add_items(ITEMS)
    assert [attribute(span, "attempts") for span in telemetry.spans()] == [1, 1]
    assert telemetry.counted("replays") == 1
    assert telemetry.counted("retries") == 0
    assert session.count() == 4
    client.close()


def test_a_call_that_was_lost_is_no_replay(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    proxy.arm("cut_before", b"EVALSHA")
    SyncRedisSession("ada", client).add_items(ITEMS)
    assert telemetry.counted("retries") == 1
    assert telemetry.counted("replays") == 0
    client.close()


def test_a_key_of_the_caller_is_no_replay(client: Redis, telemetry: Telemetry) -> None:
    session = SyncRedisSession("ada", client)
    session.add_items(ITEMS, idempotency_key="once")
    session.add_items(ITEMS, idempotency_key="once")
    assert session.count() == 2
    assert telemetry.counted("replays") == 0


def test_what_is_passed_over(client: Redis, telemetry: Telemetry) -> None:
    session = SyncRedisSession("ada", client)
    session.add_items(ITEMS)
    client.rpush(session.key, "no item", "[]", "neither")
    assert session.get_items() == ITEMS
    assert telemetry.counted("skipped_items") == 3
    assert session.pop_item() == ITEMS[1]
    assert telemetry.counted("skipped_items") == 6
    assert telemetry.names() == ["session.add_items", "session.get_items", "session.pop_item"]


def test_a_pop_that_is_undone(client: Redis, telemetry: Telemetry) -> None:
    session = SyncRedisSession("ada", client)
    session.add_items(ITEMS)
    pop = new_pop(session)
    assert pop.take()
    pop.put_back()
    assert session.get_items() == ITEMS
    assert telemetry.counted("put_backs") == 1
    assert telemetry.counted("replays") == 0


def test_an_undoing_whose_reply_was_lost(proxy: FaultProxy, telemetry: Telemetry) -> None:
    client = impatient(proxy)
    session = SyncRedisSession("ada", client)
    session.add_items(ITEMS)
    pop = new_pop(session)
    assert pop.take()
    proxy.arm("cut_after", b"\r\nEVAL\r\n", times=2)
    pop.put_back()
    assert session.get_items() == ITEMS
    assert telemetry.counted("put_backs") == 1
    assert telemetry.counted("replays") == 1
    client.close()


def test_a_pop_that_took_nothing_is_not_put_back(client: Redis, telemetry: Telemetry) -> None:
    session = SyncRedisSession("ada", client)
    new_pop(session).put_back()  # interrupted before it was sent
    pop = new_pop(session)
    assert pop.take() is None
    pop.put_back()
    session.add_items(ITEMS)
    pop = new_pop(session)
    assert pop.take()
    session.clear_session()
    pop.put_back()
    assert session.get_items() == []
    assert telemetry.counted("put_backs") == 0


def test_how_long_it_took(client: Redis, telemetry: Telemetry) -> None:
    session = SyncRedisSession("ada", client)
    session.add_items(ITEMS)
    session.add_items(ITEMS)
    bad: Any = [{"a": {1}}]
    with pytest.raises(TypeError):
        session.add_items(bad)
    points = telemetry.points("operation.duration")
    name = {"openai_agents_session.operation": "session.add_items"}
    assert [point.attributes for point in points] == [name, {**name, "error.type": "TypeError"}]
    assert [point.count for point in points] == [2, 1]
    assert 0 < points[0].sum < 60
    assert points[0].explicit_bounds[0] < 0.001


def test_the_second_call_replaces_the_first(client: Redis) -> None:
    first, second = Telemetry(), Telemetry()
    session = SyncRedisSession("ada", client)
    instrument(first.tracers, first.meters)
    session.count()
    instrument(second.tracers, second.meters, session_ids=True)
    session.ping()
    uninstrument()
    uninstrument()
    session.get_items()
    assert first.names() == ["session.count"]
    assert second.names() == ["session.ping"]
    assert len(second.points("operation.duration")) == 1


def test_what_runs_when_the_instrumentation_ends(client: Redis) -> None:
    with instrumented() as telemetry:
        turn = SyncRedisSession("ada", client).turn()
        turn.__enter__()
    turn.add_items(ITEMS)
    turn.__exit__(None, None, None)
    assert telemetry.names() == ["session.turn.begin", "session.turn.commit", "session.turn"]
    assert SyncRedisSession("ada", client).count() == 2
