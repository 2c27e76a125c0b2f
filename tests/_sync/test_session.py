# Generated from tests/_async/test_session.py by tools/generate.py; edit that file instead.
"""What a session does with its items."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from openai_agents_session import SyncRedisSession

if TYPE_CHECKING:
    from .._blocking import Redis

KEY = "openai_agents_session:user-123"

Items = list[Any]


def users(*texts: str) -> Items:
    return [{"role": "user", "content": text} for text in texts]


def test_items_come_back_in_order(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items(users("a", "b"))
    session.add_items(users("c"))
    assert session.get_items() == users("a", "b", "c")
    assert session.count() == 3


def test_a_new_session_is_empty(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    assert session.get_items() == []
    assert session.pop_item() is None
    assert session.count() == 0
    assert session.expires_in() is None
    session.clear_session()


def test_sessions_do_not_mix(client: Redis) -> None:
    ada, bob = SyncRedisSession("ada", client), SyncRedisSession("bob", client)
    elsewhere = SyncRedisSession("ada", client, key_prefix="other")
    ada.add_items(users("a"))
    bob.add_items(users("b"))
    ada.clear_session()
    assert bob.get_items() == users("b")
    assert elsewhere.get_items() == []


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, ["a", "b", "c"]),
        (5, ["a", "b", "c"]),
        (3, ["a", "b", "c"]),
        (2, ["b", "c"]),
        (0, []),
        (-1, []),
        (2**80, ["a", "b", "c"]),
    ],
)
def test_limit_takes_the_newest(client: Redis, limit: int | None, expected: Any) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items(users("a", "b", "c"))
    assert session.get_items(limit) == users(*expected)
    assert session.get_items(limit=limit) == users(*expected)


def test_settings_as_a_dict_set_the_limit(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, session_settings={"limit": 2})
    session.add_items(users("a", "b", "c"))
    assert session.get_items() == users("b", "c")
    assert session.get_items(3) == users("a", "b", "c")
    settings: Any = {"limit": 1}
    session.session_settings = settings
    assert session.get_items() == users("c")
    session.session_settings = None
    assert session.get_items() == users("a", "b", "c")


def test_settings_of_the_sdk_set_the_limit(client: Redis) -> None:
    from agents.memory import SessionSettings

    session = SyncRedisSession("user-123", client, session_settings=SessionSettings(limit=2))
    session.add_items(users("a", "b", "c"))
    assert session.get_items() == users("b", "c")
    assert session.session_settings == SessionSettings(limit=2)


def test_pop_takes_the_newest(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items(users("a", "b"))
    assert [session.pop_item() for _ in range(3)] == [*users("b", "a"), None]
    assert session.get_items() == []


def test_clear_deletes_the_key(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=100)
    session.add_items(users("a"))
    session.clear_session()
    assert not client.exists(KEY)
    session.add_items(users("b"))
    assert session.get_items() == users("b")


def test_replace_puts_a_new_history_in_place(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=100)
    session.replace_items(users("a", "b", "c"))
    assert session.get_items() == users("a", "b", "c")
    session.replace_items(users("summary"))
    assert session.get_items() == users("summary")
    assert client.ttl(KEY) == 100
    session.replace_items([])
    assert not client.exists(KEY)


def test_an_empty_batch_stores_nothing(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items([])
    assert not client.exists(KEY)


def test_ten_thousand_items_in_one_batch(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    batch = users(*map(str, range(10_000)))
    session.add_items(batch)
    assert session.get_items() == batch
    session.replace_items(batch[:9_000])
    assert session.get_items() == batch[:9_000]


ITEMS: dict[str, Any] = {
    "emoji": {"content": "\U0001f600 h\u00e9llo \u4f60\u597d"},
    "lone surrogates": {"content": "\ud800 and \udfff", "\udc00": 1},
    "control characters": {"content": "\x00\x1f\x7f\u2028\u2029\r\n"},
    "big integers": {"n": 10**30, "m": -(2**64), "k": 2**63},
    "floats": {"one": 1.0, "tenth": 0.1, "tiny": 5e-324, "huge": 1.7976931348623157e308},
    "constants": {"t": True, "f": False, "n": None},
    "nested lists": {"content": [[], [[1, [2, [3]]]], {}, [{}]]},
    "empty item": {},
    "empty key": {"": ""},
    "braces in text": {"content": '}{"a": 1},'},
    "deep": {"content": json.loads("[" * 400 + "]" * 400)},
    "5 MB": {"content": "0123456789" * 500_000},
}


@pytest.mark.parametrize("name", ITEMS)
def test_what_comes_back_is_what_went_in(client: Redis, name: str) -> None:
    session = SyncRedisSession("user-123", client, ttl=100)
    item = ITEMS[name]
    batch: Items = [item, {"between": 1}, item]
    session.add_items(batch)
    back: Items = session.get_items()
    assert back == batch
    assert list(map(repr, back)) == list(map(repr, batch))  # 1 is not 1.0
    assert session.pop_item() == item
    assert session.get_items(limit=1) == [{"between": 1}]


class Text(BaseModel):
    text: str
    annotations: list[int] = []


class Message(BaseModel):
    role: str
    content: list[Text]


def test_pydantic_items_are_stored_as_their_fields(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    message: Any = Message(role="assistant", content=[Text(text="Hi")])
    session.add_items([message])
    fields = {"role": "assistant", "content": [{"text": "Hi", "annotations": []}]}
    assert session.get_items() == [fields]


def test_any_mapping_is_stored_as_a_dict(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    mapping: Any = MappingProxyType({"role": "user", "content": "Hi"})
    session.add_items([mapping])
    assert session.get_items() == [{"role": "user", "content": "Hi"}]


def test_data_of_the_first_release_reads_back(client: Redis) -> None:
    client.rpush(KEY, '{"role": "user", "content": "Hello"}')
    client.rpush(KEY, '{"role": "assistant", "content": "Hi \\u00e9"}')
    session = SyncRedisSession("user-123", client)
    assert session.get_items() == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi \u00e9"},
    ]


def test_anyone_can_read_what_is_stored(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items([{"role": "user", "content": "Ol\u00e1"}])
    [element] = client.lrange(KEY, 0, -1)
    text = element.decode("utf-8") if isinstance(element, bytes) else element
    assert json.loads(text) == {"role": "user", "content": "Ol\u00e1"}
    assert "Ol\u00e1" in text


def test_every_use_starts_the_ttl_anew(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, ttl=100)
    session.add_items(users("a", "b"))
    assert client.ttl(KEY) == 100
    for use in (session.get_items, session.pop_item, lambda: session.add_items(users("c"))):
        client.expire(KEY, 10)
        assert session.expires_in() == 10
        use()
        assert session.expires_in() == 100


def test_without_a_ttl_nothing_expires(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items(users("a", "b"))
    session.get_items()
    session.pop_item()
    assert client.ttl(KEY) == -1
    assert session.expires_in() is None


def test_without_a_ttl_a_lifetime_set_by_others_stays(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    session.add_items(users("a", "b"))
    client.expire(KEY, 50)
    session.add_items(users("c"))
    session.get_items()
    session.replace_items(users("d"))
    assert session.expires_in() == 50


def test_the_longest_ttl_works(real_client: Redis) -> None:
    longest = 2**63 // 1000 - 10**10
    session = SyncRedisSession("user-123", real_client, ttl=longest)
    session.add_items(users("a"))
    assert session.expires_in() == pytest.approx(longest, abs=1)
