# Generated from tests/_async/test_foreign_data.py by tools/generate.py; edit that file instead.
"""Data that others left under a session's key."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ResponseError

from openai_agents_session import SyncRedisSession

if TYPE_CHECKING:
    from .._blocking import Action, Redis

KEY = "openai_agents_session:user-123"

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}

BROKEN: dict[str, bytes] = {
    "no JSON": b"my secret",
    "nothing": b"",
    "a list": b'["my secret"]',
    "a string": b'"my secret"',
    "a number": b"5",
    "null": b"null",
    "cut off": b'{"role": "user"',
    "trailing": b'{"role": "user"} my secret',
    "not UTF-8": b'{"role": "\xff\xfe"}',
    "UTF-16": '{"role": "user"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"role": "user"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_elements_that_are_not_items_are_passed_over(
    client: Redis, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    session = SyncRedisSession("user-123", client, ttl=100)
    session.add_items([A, B])
    broken: Any = BROKEN[name]
    client.linsert(KEY, "AFTER", '{"role":"user","content":"a"}', broken)
    client.rpush(KEY, broken)
    assert session.count() == 4
    with caplog.at_level(logging.WARNING, "openai_agents_session"):
        assert session.get_items() == [A, B]
        assert session.get_items(limit=2) == [A, B]
        assert session.get_items(limit=1) == [B]
        assert session.pop_item() == B
        assert session.pop_item() == A
        assert session.pop_item() is None
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "skipped 2 element(s) that are not JSON objects, at position(s) 1, 3",
        "skipped 2 element(s) that are not JSON objects, at position(s) -3, -1",
        "skipped 1 element(s) that are not JSON objects, at position(s) -1",
        "dropped 1 element(s) that are not JSON objects, at position(s) 3",
        "dropped 1 element(s) that are not JSON objects, at position(s) 1",
    ]
    assert KEY in caplog.text
    assert "secret" not in caplog.text
    assert "role" not in caplog.text


def test_neighbours_that_would_only_parse_when_joined(client: Redis) -> None:
    client.rpush(KEY, '{"a": 1', '"b": 2}', '{"c":3}', '[{"d":4}', "]")
    session = SyncRedisSession("user-123", client)
    assert session.get_items() == [{"c": 3}]
    assert session.get_items(limit=1) == [{"c": 3}]


def test_many_broken_elements_make_one_warning(
    client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    client.rpush(KEY, *["broken"] * 500)
    session = SyncRedisSession("user-123", client)
    assert session.get_items(limit=3) == []
    assert session.pop_item() is None
    skipped, dropped = (record.getMessage() for record in caplog.records)
    assert "skipped 500 element(s)" in skipped
    assert "dropped 500 element(s)" in dropped
    assert len(skipped) < 250


def test_a_key_of_another_type_is_left_alone(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=100)
    client.set(KEY, "somebody else's")
    operations: list[Action] = [
        session.get_items,
        lambda: session.get_items(limit=5),
        session.pop_item,
        session.clear_session,
        session.count,
        session.expires_in,
        lambda: session.add_items([A]),
        lambda: session.replace_items([A]),
        lambda: session.replace_items([]),
    ]
    for operation in operations:
        with pytest.raises(ResponseError, match=r"^WRONGTYPE"):
            operation()
    value = client.get(KEY)
    assert value in {"somebody else's", b"somebody else's"}
    assert client.ttl(KEY) == -1
    assert client.dbsize() == 1
