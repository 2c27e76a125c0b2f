# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The spans of operations: their names, what they tell, and what they must not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode
from redis.exceptions import RedisError, ResponseError

from openai_agents_session import RedisSession, RedisSessionManager, TurnConflictError

from ..support.internals import give_up_at_once
from ..support.ports import LOOPBACK, free_port
from ..support.telemetry import attribute, error_type, instrumented, is_root

if TYPE_CHECKING:
    from .._aio import Redis
    from ..support.telemetry import Telemetry

SECRET = "the-secret-of-the-user"
ITEMS: Any = [{"role": "user", "content": SECRET}, {"role": "assistant", "content": SECRET}]


async def use_session(session: RedisSession) -> None:
    await session.add_items(ITEMS)
    await session.add_items(ITEMS, idempotency_key=f"{SECRET}-key")
    await session.get_items(3)
    await session.pop_item()
    await session.replace_items(ITEMS)
    await session.count()
    await session.expires_in()
    await session.ping()
    await session.fork(f"{SECRET}-copy")
    await session.rewind()
    elements = await session.raw_elements()
    await session.append_raw_elements(elements, at=5)
    assert await session.lock_holder() is None
    await session.clear_session()


OF_A_SESSION: list[tuple[str, int | None]] = [
    ("add_items", 2),
    ("add_items", 2),
    ("get_items", 3),
    ("pop_item", 1),
    ("replace_items", 2),
    ("count", None),
    ("expires_in", None),
    ("ping", None),
    ("fork", None),
    ("rewind", 2),
    ("raw_elements", 0),
    ("append_raw_elements", 0),
    ("lock_holder", None),
    ("clear_session", None),
]


async def test_the_operations_of_a_session(client: Redis, telemetry: Telemetry) -> None:
    await use_session(RedisSession(f"{SECRET}-id", client, key_prefix="app", ttl=100))
    found = [(span.name, attribute(span, "item.count")) for span in telemetry.spans()]
    assert found == [(f"session.{name}", count) for name, count in OF_A_SESSION]
    for span in telemetry.spans():
        assert span.kind is SpanKind.INTERNAL
        assert is_root(span)
        assert attribute(span, "key_prefix") == "app"
        assert attribute(span, "attempts") == 1
        assert span.status.status_code is StatusCode.UNSET
        assert not span.events
    assert SECRET not in telemetry.everything()


async def test_arguments_that_are_named(client: Redis, telemetry: Telemetry) -> None:
    session, manager = RedisSession("ada", client), RedisSessionManager(client)
    await session.add_items(idempotency_key="once", items=ITEMS)
    await session.replace_items(items=ITEMS)
    assert await session.append_raw_elements(at=2, elements=[b"{}"])
    assert len(await session.get_items(limit=1)) == 1
    await manager.store_message(content="hello", role="user", session_id="bob")
    assert [attribute(span, "item.count") for span in telemetry.spans()] == [2, 2, 1, 1, 1]


async def test_what_is_sent_nowhere_takes_no_attempt(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    nothing: Any = iter(())
    await session.add_items([])
    await session.add_items(nothing)
    assert await session.get_items(0) == []
    assert [attribute(span, "attempts") for span in telemetry.spans()] == [0, 0, 0]
    assert [attribute(span, "item.count") for span in telemetry.spans()] == [0, None, 0]


async def test_the_operations_of_a_manager(client: Redis, telemetry: Telemetry) -> None:
    manager = RedisSessionManager(client, key_prefix="app")
    assert await manager.store_message(f"{SECRET}-1", "user", SECRET, {"note": SECRET})
    await manager.get_history(f"{SECRET}-1")
    await manager.stats(session_id=f"{SECRET}-1")
    assert [name async for name in manager.session_ids()] == [f"{SECRET}-1"]
    await manager.clear_session(f"{SECRET}-1")
    await manager.session(f"{SECRET}-1").get_items()
    assert [(span.name, attribute(span, "item.count")) for span in telemetry.spans()] == [
        ("manager.store_message", 1),
        ("manager.get_history", 1),
        ("manager.stats", None),
        ("manager.session_ids", None),
        ("manager.clear_session", None),
        ("session.get_items", 0),
    ]
    assert {attribute(span, "key_prefix") for span in telemetry.spans()} == {"app"}
    assert SECRET not in telemetry.everything()


async def test_the_operations_of_a_user(real_client: Redis, telemetry: Telemetry) -> None:
    manager = RedisSessionManager(real_client, key_prefix="app")
    alice = manager.user(f"{SECRET}-alice")
    await manager.store_message("old", "user", "hello")
    await alice.session("holiday").add_items(ITEMS)
    telemetry.forget_spans()
    assert await alice.update("holiday", title=SECRET, metadata={"note": SECRET})
    assert await alice.adopt("old")
    assert len((await alice.page(limit=2)).sessions) == 2
    assert len([info async for info in alice.sessions()]) == 2
    assert await alice.count() == 2
    await alice.stats("holiday")
    assert await alice.delete("holiday")
    await alice.erase()
    await alice.session("holiday").fork("copy")
    assert telemetry.names() == [
        "user_sessions.update",
        "user_sessions.adopt",
        "user_sessions.page",
        "user_sessions.page",
        "user_sessions.count",
        "user_sessions.stats",
        "user_sessions.delete",
        "user_sessions.erase",
        "session.fork",
    ]
    assert {attribute(span, "key_prefix") for span in telemetry.spans()} == {"app"}
    assert SECRET not in telemetry.everything()


async def test_ids_if_they_are_asked_for(real_client: Redis) -> None:
    with instrumented(session_ids=True) as telemetry:
        manager = RedisSessionManager(real_client)
        alice = manager.user("alice")
        await manager.session("one").count()
        await manager.get_history("two")
        await manager.get_history(session_id="three")
        await alice.session("four").count()
        await alice.update("five", title="")
        await alice.page()
        async with RedisSession("six", real_client).turn() as turn:
            await turn.add_items(ITEMS)
    ids = [(span.attributes or {}).get("gen_ai.conversation.id") for span in telemetry.spans()]
    assert ids == ["one", "two", "three", "four", "five", None, "six", "six", "six"]


async def test_a_call_that_is_refused(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    await client.set(session.key, SECRET)
    with pytest.raises(ResponseError):
        await session.add_items(ITEMS)
    with pytest.raises(ResponseError):
        await session.pop_item()
    for span in telemetry.spans():
        assert error_type(span) == "redis.exceptions.ResponseError"
        assert attribute(span, "attempts") == 1
    bad: Any = [{SECRET: {SECRET}}]
    with pytest.raises(TypeError):
        await session.add_items(bad)
    with pytest.raises(TypeError):
        await RedisSessionManager(client).get_history(bad)
    assert [error_type(span) for span in telemetry.spans()[2:]] == ["TypeError", "TypeError"]
    for span in telemetry.spans():
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description is None
        assert not span.events
    assert SECRET not in telemetry.everything()


async def test_failures_that_only_a_result_tells(
    monkeypatch: pytest.MonkeyPatch, real_client: Redis, telemetry: Telemetry
) -> None:
    manager = RedisSessionManager(real_client)
    await real_client.set("session:ada", SECRET)
    assert await manager.store_message("ada", "user", SECRET) is False
    assert await manager.get_history("ada") == []
    assert await manager.clear_session("ada") is False
    give_up_at_once(monkeypatch)
    url = f"redis://{LOOPBACK}:{free_port()}"
    async with RedisSession.from_url("ada", url) as session:
        assert await session.ping() is False
    refused, down = "redis.exceptions.ResponseError", "redis.exceptions.ConnectionError"
    assert [error_type(span) for span in telemetry.spans()] == [refused, refused, refused, down]
    assert {span.status.status_code for span in telemetry.spans()} == {StatusCode.ERROR}


async def test_a_turn(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client, key_prefix="app")
    async with session.turn("task-1") as turn:
        await turn.get_items()
        await turn.add_items(ITEMS)
        await session.count()
    whole = telemetry.span("session.turn")
    assert is_root(whole)
    assert telemetry.children(whole) == [
        "session.turn.begin",
        "session.count",
        "session.turn.commit",
    ]
    assert attribute(whole, "item.count") == 2
    for span in telemetry.spans():
        assert attribute(span, "attempts") == 1
        assert attribute(span, "key_prefix") == "app"
        assert span.status.status_code is StatusCode.UNSET
    await session.count()
    assert is_root(telemetry.spans()[-1])
    assert SECRET not in telemetry.everything()


async def test_a_turn_that_is_repeated(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    async with session.turn("task-1") as turn:
        await turn.add_items(ITEMS)
    first = telemetry.span("session.turn")
    assert "openai_agents_session.turn.repeated" not in (first.attributes or {})
    telemetry.forget_spans()
    async with session.turn("task-1") as turn:
        assert turn.repeated
    assert telemetry.names() == ["session.turn.begin", "session.turn"]
    whole = telemetry.span("session.turn")
    assert (whole.attributes or {})["openai_agents_session.turn.repeated"] is True
    assert telemetry.counted("replays") == 0


async def fail_in_a_turn(session: RedisSession) -> None:
    async with session.turn() as turn:
        await turn.add_items(ITEMS)
        raise ZeroDivisionError(SECRET)


async def clear_in_a_turn(session: RedisSession) -> None:
    async with session.turn() as turn:
        await turn.add_items(ITEMS)
        await session.clear_session()


async def test_a_turn_that_stores_nothing(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    with pytest.raises(ZeroDivisionError):
        await fail_in_a_turn(session)
    whole = telemetry.span("session.turn")
    assert telemetry.children(whole) == ["session.turn.begin", "session.turn.release"]
    assert error_type(whole) == "ZeroDivisionError"
    assert whole.status.status_code is StatusCode.ERROR
    telemetry.forget_spans()
    async with session.turn() as turn:
        await turn.add_items(ITEMS)
        turn.rollback()
    assert error_type(telemetry.span("session.turn")) is None


async def test_a_turn_in_conflict(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    with pytest.raises(TurnConflictError):
        await clear_in_a_turn(session)
    kind = "openai_agents_session.TurnConflictError"
    whole = telemetry.span("session.turn")
    assert error_type(whole) == kind
    assert error_type(telemetry.span("session.turn.commit")) == kind
    assert telemetry.children(whole) == [
        "session.turn.begin",
        "session.clear_session",
        "session.turn.commit",
        "session.turn.release",
    ]
    assert telemetry.counted("conflicts") == 1


async def test_a_turn_that_cannot_begin(client: Redis, telemetry: Telemetry) -> None:
    session = RedisSession("ada", client)
    async with session.lock():
        with pytest.raises(RedisError):
            async with session.turn(blocking_timeout=0):
                pass
    kind = "openai_agents_session.TurnBusyError"
    assert [error_type(span) for span in telemetry.spans()] == [kind, kind]
    await session.count()
    assert is_root(telemetry.spans()[-1])
