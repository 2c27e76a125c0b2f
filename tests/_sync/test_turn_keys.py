# Generated from tests/_async/test_turn_keys.py by tools/generate.py; edit that file instead.
"""A turn is known by its key: repeated, it has its items, and stores nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

from ..support.turns import RECORDS, called, said, talk, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._blocking import Redis
    from ..support.server import Server


@pytest.fixture
def session(client: Redis) -> SyncRedisSession:
    """A session of every kind of client."""
    return SyncRedisSession("ada", client, ttl=100)


@pytest.fixture
def reader(server: Server) -> Iterator[SyncRedisSession]:
    """What others see."""
    with SyncRedisSession.from_url("ada", server.url) as reader:
        yield reader


@pytest.mark.parametrize("key", ["", 7, b"task-1", ["task-1"]])
def test_keys_that_are_refused(reader: SyncRedisSession, key: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="idempotency_key"):
        reader.turn(key)


@pytest.mark.parametrize("name", ["timeout", "lease", "blocking_timeout"])
@pytest.mark.parametrize("value", [-1, math.nan, math.inf, "1", True])
def test_times_that_are_refused(reader: SyncRedisSession, name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        reader.turn(**{name: value})


@pytest.mark.parametrize("key", ["a" * 10_000, "\ud800", "a b:c\n", "ä"])
def test_every_other_text_is_a_key(reader: SyncRedisSession, key: str) -> None:
    with reader.turn(key) as turn:
        turn.add_items(talk("a"))
    with reader.turn(key) as again:
        assert again.repeated


def test_keys_belong_to_one_conversation(server: Server, reader: SyncRedisSession) -> None:
    with reader.turn("task-1") as turn:
        turn.add_items(talk("a"))
    with (
        SyncRedisSession.from_url("bob", server.url) as other,
        other.turn("task-1") as turn,
    ):
        assert not turn.repeated


def test_a_turn_with_a_known_key_is_repeated(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        turn.add_items(talk("a"))
    session.add_items(talk("b"))
    with session.turn("task-1", blocking_timeout=0) as again:
        assert again.repeated
        assert again.items == turn.items == talk("a")
        assert again.output_text == "A"
        assert again.get_items() == talk("a", "b")
        for change in (again.add_items, again.replace_items):
            with pytest.raises(RuntimeError, match=r"check turn\.repeated"):
                change(talk("c"))
        for remove in (again.pop_item, again.clear_session):
            with pytest.raises(RuntimeError, match=r"check turn\.repeated"):
                remove()
    assert again.items == talk("a")
    assert again.output_text == "A"
    assert session.get_items() == talk("a", "b")
    with session.turn("task-2") as other:
        assert not other.repeated


def test_a_known_key_does_not_wait(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        turn.add_items(talk("a"))
    with session.lock(), session.turn("task-1", blocking_timeout=0) as again:
        assert again.repeated
        assert again.items == talk("a")


def test_without_a_key_nothing_is_repeated(server: Server, reader: SyncRedisSession) -> None:
    for _ in range(2):
        with reader.turn() as turn:
            turn.add_items(talk("a"))
    assert reader.get_items() == talk("a", "a")
    assert server.command("EXISTS", RECORDS) == 0


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
def test_the_text_that_ended_a_turn(reader: SyncRedisSession, name: str) -> None:
    items, text = OUTPUTS[name]
    with reader.turn("task-1") as turn:
        turn.add_items(items)
        assert turn.output_text == text
    assert turn.output_text == text
    with reader.turn("task-1") as again:
        assert again.output_text == text


def test_records_expire_by_themselves(server: Server, reader: SyncRedisSession) -> None:
    with reader.turn("task-1") as turn:
        turn.add_items(talk("a"))
    seconds = server.command("TTL", RECORDS)
    assert isinstance(seconds, int)
    assert 86_390 < seconds <= 86_400
    [key, record] = fields(server)
    server.command("HSET", RECORDS, key, b"1" + record[record.index(b" ") :])  # since 1970
    with reader.turn("task-1") as again:
        assert not again.repeated
        again.add_items(talk("b"))
    assert len(fields(server)) == 2


def test_old_records_are_pruned(server: Server, reader: SyncRedisSession) -> None:
    for number in range(20):
        server.command("HSET", RECORDS, str(number), "1 0 ")
    for number in range(40):
        with reader.turn(str(number)) as turn:
            turn.add_items([user("a")])
    old = [value for value in fields(server)[1::2] if value.startswith(b"1 ")]
    assert len(old) < 5


def test_a_record_holds_no_text(server: Server, reader: SyncRedisSession) -> None:
    with reader.turn("secret-key") as turn:
        turn.add_items(talk("secret"))
    assert b"secret" not in b"".join(fields(server)).lower()


def fields(server: Server) -> list[bytes]:
    found = server.command("HGETALL", RECORDS)
    assert isinstance(found, list)
    return [value for value in found if isinstance(value, bytes)]


def test_records_outlive_a_clear(session: SyncRedisSession) -> None:
    with session.turn("task-1") as turn:
        turn.add_items(talk("a"))
    session.clear_session()
    with session.turn("task-1") as again:
        assert again.repeated
        assert again.items == []
        assert again.output_text is None
    session.add_items(talk("b", "a", "c"))
    with session.turn("task-1") as again:  # as if a trim had moved them
        assert again.items == talk("a")
    assert session.get_items() == talk("b", "a", "c")
