# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A turn: read when it begins, local while it runs, stored as a whole when it ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError, ResponseError

from openai_agents_session import RedisSession, RedisSessionManager

from ..support.turns import KEY, LOCK, RECORDS, called, is_held, said, stored, talk, user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .._aio import Redis
    from ..support.proxy import FaultProxy
    from ..support.server import Server


@pytest.fixture
async def session(client: Redis) -> RedisSession:
    """A session of every kind of client."""
    return RedisSession("ada", client, ttl=100)


@pytest.fixture
async def reader(server: Server) -> AsyncIterator[RedisSession]:
    """What others see."""
    async with RedisSession.from_url("ada", server.url) as reader:
        yield reader


async def test_a_turn_is_stored_when_it_ends(session: RedisSession) -> None:
    await session.add_items(talk("a"))
    async with session.turn() as turn:
        assert not turn.repeated
        assert turn.session_id == "ada"
        assert await turn.get_items() == talk("a")
        await turn.add_items([user("b")])
        await turn.add_items([said("B")])
        assert await turn.get_items() == talk("a", "b")
        assert await turn.get_items(limit=3) == talk("a", "b")[1:]
        assert await turn.get_items(limit=1, skip=1) == [user("b")]
        assert await turn.get_items(limit=0) == []
        assert turn.items == talk("b")
        assert turn.output_text == "B"
        assert await session.get_items() == talk("a")
    assert await session.get_items() == talk("a", "b")
    assert turn.items == talk("b")
    assert turn.output_text == "B"
    assert not turn.repeated
    async with session.turn(blocking_timeout=0) as following:
        assert await following.get_items() == talk("a", "b")


async def test_the_first_turn_of_a_conversation(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        assert await turn.get_items() == []
        assert await turn.pop_item() is None
        await turn.add_items(talk("a"))
    assert await session.get_items() == talk("a")
    assert await session.expires_in() == 100


async def test_a_turn_with_a_known_key_is_repeated(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    await session.add_items(talk("b"))
    async with session.turn("task-1", blocking_timeout=0) as again:
        assert again.repeated
        assert again.items == turn.items == talk("a")
        assert again.output_text == "A"
        assert await again.get_items() == talk("a", "b")
        for change in (again.add_items, again.replace_items):
            with pytest.raises(RuntimeError, match=r"check turn\.repeated"):
                await change(talk("c"))
        for remove in (again.pop_item, again.clear_session):
            with pytest.raises(RuntimeError, match=r"check turn\.repeated"):
                await remove()
    assert again.items == talk("a")
    assert again.output_text == "A"
    assert await session.get_items() == talk("a", "b")
    async with session.turn("task-2") as other:
        assert not other.repeated


async def test_a_known_key_does_not_wait(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    async with session.lock(), session.turn("task-1", blocking_timeout=0) as again:
        assert again.repeated
        assert again.items == talk("a")


async def test_without_a_key_nothing_is_repeated(server: Server, reader: RedisSession) -> None:
    for _ in range(2):
        async with reader.turn() as turn:
            await turn.add_items(talk("a"))
    assert await reader.get_items() == talk("a", "a")
    assert server.command("EXISTS", RECORDS) == 0


async def test_an_exception_stores_nothing(session: RedisSession) -> None:
    await session.add_items(talk("a"))
    with pytest.raises(LookupError, match="no model"):
        async with session.turn("task-1") as turn:
            await turn.add_items([user("b")])
            raise LookupError("no model")
    assert turn.items == []
    assert turn.output_text is None
    assert await session.get_items() == talk("a")
    async with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


async def test_an_exception_that_is_caught_inside_commits(session: RedisSession) -> None:
    bad: Any = [None]
    async with session.turn("task-1") as turn:
        await turn.add_items([user("a"), *called(1)])
        with pytest.raises(TypeError):
            await turn.add_items(bad)
    assert await session.get_items() == [user("a"), *called(1)]


async def test_a_rolled_back_turn_stores_nothing(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items([user("a")])
        turn.rollback()
        assert turn.items == []
        with pytest.raises(RuntimeError, match="was rolled back"):
            await turn.add_items([said("A")])
        with pytest.raises(RuntimeError, match="was rolled back"):
            await turn.get_items()
        turn.rollback()
    assert turn.items == []
    assert await session.get_items() == []
    async with session.turn("task-1", blocking_timeout=0) as again:
        assert not again.repeated


async def test_a_rollback_after_the_end_changes_nothing(session: RedisSession) -> None:
    async with session.turn() as turn:
        await turn.add_items(talk("a"))
    turn.rollback()
    assert turn.items == talk("a")
    assert await session.get_items() == talk("a")


async def test_a_turn_that_did_nothing_leaves_no_record(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.get_items()
        await turn.add_items([])
    assert turn.items == []
    async with session.turn("task-1", blocking_timeout=0) as turn:
        assert not turn.repeated
        await turn.add_items(talk("a"))
        assert await turn.pop_item() == said("A")
        assert await turn.pop_item() == user("a")
    async with session.turn("task-1", blocking_timeout=0) as turn:
        assert not turn.repeated


async def test_a_turn_works_inside_its_block_only(session: RedisSession) -> None:
    turn = session.turn()
    with pytest.raises(RuntimeError, match="has not begun"):
        await turn.get_items()
    with pytest.raises(RuntimeError, match="has not begun"):
        await turn.add_items(talk("a"))
    assert turn.items == []
    async with turn:
        await turn.add_items(talk("a"))
    for call in (turn.get_items, turn.pop_item, turn.clear_session):
        with pytest.raises(RuntimeError, match="has ended"):
            await call()
    for change in (turn.add_items, turn.replace_items):
        with pytest.raises(RuntimeError, match="has ended"):
            await change(talk("b"))
    with pytest.raises(RuntimeError, match="begins once"):
        async with turn:
            pytest.fail("begun twice")
    assert await session.get_items() == talk("a")


OUTPUTS: dict[str, tuple[list[Any], str | None]] = {
    "text": ([user("a"), {"role": "assistant", "content": "yes"}], "yes"),
    "message": ([user("a"), said("A")], "A"),
    "parts": (
        [{**said("A"), "content": [{"type": "output_text", "text": t} for t in ("one ", "two")]}],
        "one two",
    ),
    "refusal": ([{**said("A"), "content": [{"type": "refusal", "refusal": "no"}]}], None),
    "tool output": ([user("a"), said("A"), *called(1)], None),
    "approval": ([user("a"), called(1)[0]], None),
    "question": ([said("A"), user("b")], None),
    "encrypted": ([{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": "gAAA"}], None),
    "compaction": ([said("A"), {"type": "compaction", "encrypted_content": "gAAA"}], None),
}


@pytest.mark.parametrize("name", OUTPUTS)
async def test_the_text_that_ended_a_turn(reader: RedisSession, name: str) -> None:
    items, text = OUTPUTS[name]
    async with reader.turn("task-1") as turn:
        await turn.add_items(items)
        assert turn.output_text == text
    assert turn.output_text == text
    async with reader.turn("task-1") as again:
        assert again.output_text == text


@pytest.mark.parametrize("key", ["", 7, b"task-1", ["task-1"]])
async def test_keys_that_are_refused(reader: RedisSession, key: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="idempotency_key"):
        reader.turn(key)


@pytest.mark.parametrize("name", ["timeout", "lease", "blocking_timeout"])
@pytest.mark.parametrize("value", [-1, math.nan, math.inf, "1", True])
async def test_times_that_are_refused(reader: RedisSession, name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        reader.turn(**{name: value})


@pytest.mark.parametrize("key", ["a" * 10_000, "\ud800", "a b:c\n", "ä"])
async def test_every_other_text_is_a_key(reader: RedisSession, key: str) -> None:
    async with reader.turn(key) as turn:
        await turn.add_items(talk("a"))
    async with reader.turn(key) as again:
        assert again.repeated


async def test_keys_belong_to_one_conversation(server: Server, reader: RedisSession) -> None:
    async with reader.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    async with (
        RedisSession.from_url("bob", server.url) as other,
        other.turn("task-1") as turn,
    ):
        assert not turn.repeated


async def test_bad_items_are_refused_at_once(reader: RedisSession) -> None:
    bad: Any = [user("a"), {"role": object()}]
    async with reader.turn() as turn:
        with pytest.raises(TypeError, match=r"items\[1\]"):
            await turn.add_items(bad)
        assert turn.items == []


async def test_a_key_of_another_type(server: Server, reader: RedisSession) -> None:
    server.command("SET", KEY, "text")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        async with reader.turn():
            pytest.fail("begun")
    assert not is_held(server)
    assert server.command("GET", KEY) == b"text"


async def test_a_closed_session(server: Server) -> None:
    session = RedisSession.from_url("ada", server.url)
    turn = session.turn()
    await session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.turn()
    with pytest.raises(RuntimeError, match="closed"):
        async with turn:
            pytest.fail("begun")


async def test_a_server_that_is_gone(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        with pytest.raises(ConnectionError, match="ada"):
            async with session.turn() as turn:
                await turn.add_items(talk("a"))
                proxy.refuse()
        assert turn.items == talk("a")
        with pytest.raises(ConnectionError, match="ada"):
            async with session.turn():
                pytest.fail("begun")


async def test_a_server_that_is_gone_hides_no_exception(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url) as session:
        with pytest.raises(LookupError):
            async with session.turn():
                proxy.refuse()
                raise LookupError
        proxy.accept()
        async with session.turn(lease=0.1) as turn:
            await turn.add_items(talk("a"))
            turn.rollback()
            proxy.refuse()


async def test_a_limit_in_the_settings(server: Server, proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url, session_settings={"limit": 3}) as session:
        await session.add_items(talk("a", "b"))
        await warm_up(session)
        async with session.turn() as turn:
            before = proxy.stats.requests
            assert await turn.get_items() == talk("a", "b")[1:]
            await turn.add_items([user("c")])
            assert await turn.get_items() == [*talk("b"), user("c")]
            assert await turn.get_items(limit=2) == [said("B"), user("c")]
            assert await turn.get_items(limit=4) == [*talk("a", "b"), user("c")][1:]
            assert proxy.stats.requests == before
            assert await turn.get_items(limit=9) == [*talk("a", "b"), user("c")]
            assert await turn.get_items(limit=9, skip=1) == talk("a", "b")
            assert proxy.stats.requests == before + 1
        assert len(stored(server)) == 5


async def test_a_limit_of_zero(server: Server, proxy: FaultProxy) -> None:
    async with RedisSession.from_url("ada", proxy.url, session_settings={"limit": 0}) as session:
        await session.add_items(talk("a"))
        await warm_up(session)
        async with session.turn() as turn:
            before = proxy.stats.requests
            await turn.add_items([user("b")])
            assert await turn.get_items() == []
            assert await turn.get_items(limit=1) == [user("b")]
            assert proxy.stats.requests == before
            assert await turn.get_items(limit=2) == [said("A"), user("b")]
            assert proxy.stats.requests == before + 1
        async with session.turn() as turn:
            assert await turn.pop_item() == user("b")
        assert len(stored(server)) == 2


async def warm_up(session: RedisSession) -> None:
    """Let the server learn the scripts that begin and end a turn."""
    async with session.turn() as turn:
        await turn.add_items(talk("a"))
        turn.rollback()


@pytest.mark.parametrize("ttl", [None, 100])
async def test_a_turn_is_two_requests(proxy: FaultProxy, ttl: int | None) -> None:
    async with RedisSession.from_url("ada", proxy.url, ttl=ttl) as session:
        for key in ("task-0", "task-1"):  # the server learns the scripts with the first
            requests, commands = proxy.stats.requests, proxy.stats.commands
            async with session.turn(key) as turn:
                assert proxy.stats.requests == requests + 1 or key == "task-0"
                await turn.get_items()
                await turn.add_items([user("a")])
                await turn.add_items(called(1))
                await turn.add_items([said("A")])
                await turn.get_items()
                assert proxy.stats.commands == commands + 2 or key == "task-0"
        assert proxy.stats.requests == requests + 2
        assert proxy.stats.commands == commands + 3
        async with session.turn("task-1") as again:
            assert again.repeated
        assert proxy.stats.requests == requests + 3


async def test_only_its_commit_trims(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url, max_items=4) as session:
        await session.add_items(talk("a", "b"))
        async with session.turn("task-1") as turn:
            await turn.add_items(talk("d"))
            await session.add_items(talk("c"))
            assert await session.get_items() == talk("a", "b", "c")
            assert await turn.get_items() == talk("a", "b", "d")
        assert await session.get_items() == talk("c", "d")
        await session.add_items(talk("e"))
        assert await session.get_items() == talk("d", "e")
        async with session.turn("task-1") as again:
            assert again.items == talk("d")
        await session.add_items(talk("f", "g"))
        async with session.turn("task-1") as again:
            assert again.repeated
            assert again.items == []


async def test_lifetimes(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url, ttl=100) as session:
        async with session.turn() as turn:
            await turn.add_items(talk("a"))
        assert await session.expires_in() == 100
        server.command("EXPIRE", KEY, "5")
        async with session.turn():
            assert await session.expires_in() == 100
        server.command("PERSIST", KEY)
        async with session.turn() as turn:
            await turn.pop_item()
        assert await session.expires_in() is None
        async with session.turn() as turn:
            await turn.add_items([said("A")])
        assert await session.expires_in() == 100


async def test_a_conversation_outlives_its_turn(server: Server, reader: RedisSession) -> None:
    await reader.add_items(talk("a"))
    server.command("EXPIRE", KEY, "2")
    async with reader.turn(lease=60):
        seconds = await reader.expires_in()
        assert seconds is not None
        assert seconds > 55


async def test_records_expire_by_themselves(server: Server, reader: RedisSession) -> None:
    async with reader.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    seconds = server.command("TTL", RECORDS)
    assert isinstance(seconds, int)
    assert 86_390 < seconds <= 86_400
    [key, record] = fields(server)
    server.command("HSET", RECORDS, key, b"1" + record[record.index(b" ") :])  # since 1970
    async with reader.turn("task-1") as again:
        assert not again.repeated
        await again.add_items(talk("b"))
    assert len(fields(server)) == 2


async def test_old_records_are_pruned(server: Server, reader: RedisSession) -> None:
    for number in range(20):
        server.command("HSET", RECORDS, str(number), "1 0 ")
    for number in range(40):
        async with reader.turn(str(number)) as turn:
            await turn.add_items([user("a")])
    old = [value for value in fields(server)[1::2] if value.startswith(b"1 ")]
    assert len(old) < 5


async def test_a_record_holds_no_text(server: Server, reader: RedisSession) -> None:
    async with reader.turn("secret-key") as turn:
        await turn.add_items(talk("secret"))
    assert b"secret" not in b"".join(fields(server)).lower()


def fields(server: Server) -> list[bytes]:
    found = server.command("HGETALL", RECORDS)
    assert isinstance(found, list)
    return [value for value in found if isinstance(value, bytes)]


async def test_records_outlive_a_clear(session: RedisSession) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items(talk("a"))
    await session.clear_session()
    async with session.turn("task-1") as again:
        assert again.repeated
        assert again.items == []
        assert again.output_text is None
    await session.add_items(talk("b", "a", "c"))
    async with session.turn("task-1") as again:  # as if a trim had moved them
        assert again.items == talk("a")
    assert await session.get_items() == talk("b", "a", "c")


async def test_pop_inside_a_turn(session: RedisSession) -> None:
    await session.add_items(talk("a", "b"))
    async with session.turn() as turn:
        await turn.add_items([user("c")])
        assert await turn.pop_item() == user("c")
        assert await turn.pop_item() == said("B")
        assert await turn.get_items() == talk("a", "b")[:3]
        assert await session.get_items() == talk("a", "b")
        await turn.add_items([said("new")])
        assert turn.items == [said("new")]
    assert await session.get_items() == [*talk("a"), user("b"), said("new")]
    async with session.turn() as turn:
        for _ in range(4):
            assert await turn.pop_item() is not None
        assert await turn.pop_item() is None
    assert await session.get_items() == []


async def test_clear_and_replace_inside_a_turn(session: RedisSession) -> None:
    await session.add_items(talk("a", "b"))
    async with session.turn() as turn:
        await turn.replace_items(talk("c"))
        assert await turn.get_items() == talk("c")
        assert await session.get_items() == talk("a", "b")
        assert turn.items == talk("c")
    assert await session.get_items() == talk("c")
    async with session.turn() as turn:
        await turn.clear_session()
        assert await turn.get_items() == []
        await turn.add_items([user("d")])
    assert await session.get_items() == [user("d")]
    assert await session.expires_in() == 100
    async with session.turn("task-1") as turn:
        await turn.clear_session()
    assert await session.count() == 0
    async with session.turn("task-1") as again:
        assert again.repeated
        assert again.items == []


async def test_elements_that_are_not_items(
    server: Server, reader: RedisSession, caplog: pytest.LogCaptureFixture
) -> None:
    await reader.add_items(talk("a"))
    server.command("RPUSH", KEY, "broken", b"\xff")
    async with reader.turn() as turn:
        assert await turn.get_items() == talk("a")
        assert "skipped 2 element(s)" in caplog.text
        await turn.add_items(talk("b"))
    assert stored(server)[2:4] == [b"broken", b"\xff"]
    assert await reader.get_items() == talk("a", "b")
    async with reader.turn() as turn:
        for item in reversed(talk("a", "b")):
            assert await turn.pop_item() == item
    assert "dropped 2 element(s)" in caplog.text
    assert stored(server) == []


async def test_a_limit_counts_items(server: Server) -> None:
    url, settings = server.url, {"limit": 2}
    async with RedisSession.from_url("ada", url, session_settings=settings) as session:
        await session.add_items(talk("a"))
        server.command("RPUSH", KEY, "broken", "broken")
        async with session.turn() as turn:
            assert await turn.get_items() == talk("a")


async def test_a_managed_session_shows_messages_without_metadata(real_client: Redis) -> None:
    async with RedisSessionManager(real_client) as manager:
        await manager.store_message("ada", "user", "Hello", {"page": 1})
        async with manager.session("ada").turn() as turn:
            assert await turn.get_items() == [user("Hello")]
            await turn.add_items([said("Hi")])
        history = await manager.get_history("ada")
        assert [item.get("metadata") for item in history] == [{"page": 1}, None]


async def test_a_lease_is_a_lock_that_expires(server: Server, reader: RedisSession) -> None:
    async with reader.turn(lease=20):
        milliseconds = server.command("PTTL", LOCK)
        assert isinstance(milliseconds, int)
        assert 15_000 < milliseconds <= 20_000
        holder = server.command("GET", LOCK)
        assert isinstance(holder, bytes)
        assert holder.startswith(b"turn:")
    assert not is_held(server)
