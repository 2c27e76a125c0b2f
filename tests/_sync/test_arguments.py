# Generated from tests/_async/test_arguments.py by tools/generate.py; edit that file instead.
"""What a session refuses, before anything is sent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import RootModel

from openai_agents_session import SyncRedisSession

from .._blocking import CLASS_FOR_WRONG_CLIENT, wrong_client

if TYPE_CHECKING:
    from .._blocking import Redis


@pytest.mark.parametrize(
    ("ttl", "error"),
    [
        (0, ValueError),
        (-5, ValueError),
        (2**63, ValueError),
        (2**63 // 1000, ValueError),
        (1.5, TypeError),
        (True, TypeError),
        ("60", TypeError),
    ],
)
def test_ttl(client: Redis, ttl: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="ttl must be"):
        SyncRedisSession("user-123", client, ttl=ttl)


@pytest.mark.parametrize(
    ("max_items", "error"),
    [(0, ValueError), (-5, ValueError), (1.5, TypeError), (True, TypeError), ("60", TypeError)],
)
def test_max_items(client: Redis, max_items: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_items must be"):
        SyncRedisSession("user-123", client, max_items=max_items)


def test_more_items_than_any_list_holds(client: Redis) -> None:
    items: list[Any] = [{"role": "user"}, {"role": "user"}]
    session = SyncRedisSession("user-123", client, max_items=2**80)
    session.add_items(items)
    assert session.get_items() == items


@pytest.mark.parametrize("argument", ["session_id", "key_prefix"])
@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("", ValueError, "must not be empty"),
        (None, TypeError, "must be a string, not NoneType"),
        (5, TypeError, "must be a string, not int"),
        (b"user", TypeError, "must be a string, not bytes"),
        ("\ud800", ValueError, "cannot be encoded as UTF-8"),
        ("a}b", ValueError, "no hash tag"),
    ],
)
def test_names(
    client: Redis, argument: str, value: Any, error: type[Exception], message: str
) -> None:
    arguments: dict[str, Any] = {"session_id": "user-123", "key_prefix": "p", argument: value}
    with pytest.raises(error, match=message):
        SyncRedisSession(redis_client=client, **arguments)


@pytest.mark.parametrize(
    ("prefix", "session_id"),
    [
        ("{p", "user-123}:~lock"),
        ("{p", "user-123}:~r:" + "0f" * 16),
        ("p", "{tag}:~:lock"),
        ("{p}", "x:~:r:" + "0f" * 16),
    ],
)
def test_a_name_that_could_be_a_side_key(client: Redis, prefix: str, session_id: str) -> None:
    with pytest.raises(ValueError, match="looks like the lock or a receipt of another session"):
        SyncRedisSession(session_id, client, key_prefix=prefix)


def test_the_wrong_kind_of_client() -> None:
    with pytest.raises(TypeError) as caught:
        SyncRedisSession("user-123", wrong_client())
    assert str(caught.value).startswith(SyncRedisSession.__name__ + " ")
    assert str(caught.value).endswith(" or use " + CLASS_FOR_WRONG_CLIENT)


def test_no_client_at_all(client: Redis) -> None:
    not_clients: list[Any] = [None, "redis://localhost", object(), client.pipeline()]
    for value in not_clients:
        with pytest.raises(TypeError, match="needs a redis"):
            SyncRedisSession("user-123", value)


@pytest.mark.parametrize("limit", ["5", 2.0])
def test_limit(client: Redis, limit: Any) -> None:
    with pytest.raises(TypeError, match="limit must be a whole number"):
        SyncRedisSession("user-123", client).get_items(limit)


class Circle(dict[str, Any]):
    def __init__(self) -> None:
        self["self"] = self


class Texts(RootModel[list[str]]):
    pass


BAD: list[tuple[Any, type[Exception], str]] = [
    ({"x": math.nan}, ValueError, r"items\[1\] .*not JSON compliant"),
    ({"x": [-math.inf]}, ValueError, r"items\[1\] .*not JSON compliant"),
    ({"x": {1, 2}}, TypeError, r"items\[1\] .*set"),
    ({"x": b"bytes"}, TypeError, r"items\[1\] .*bytes"),
    ({"x": object()}, TypeError, r"items\[1\] .*object"),
    ({1: "x"}, TypeError, r"items\[1\] .*keys must be strings, not int"),
    ({"x": [{"y": {None: 1}}]}, TypeError, r"items\[1\] .*keys must be strings, not NoneType"),
    ({"x": ({True: 1},)}, TypeError, r"items\[1\] .*keys must be strings, not bool"),
    ("text", TypeError, r"items\[1\] .*not str"),
    (None, TypeError, r"items\[1\] .*not NoneType"),
    (["list"], TypeError, r"items\[1\] .*not list"),
    (Texts(["list"]), TypeError, r"items\[1\] .*not Texts"),
    ({"x": "\ud83d\ude00"}, ValueError, r"items\[1\] .*a surrogate pair"),
    (Circle(), ValueError, r"items\[1\] .*[Cc]ircular"),
]


@pytest.mark.parametrize(("item", "error", "message"), BAD, ids=[m for _, _, m in BAD])
def test_a_bad_item_stores_nothing_of_its_batch(
    client: Redis, item: Any, error: type[Exception], message: str
) -> None:
    session = SyncRedisSession("user-123", client)
    kept: list[Any] = [{"kept": 1}]
    session.add_items(kept)
    batch: list[Any] = [{"good": 1}, item, {"good": 2}]
    for store in (session.add_items, session.replace_items):
        with pytest.raises(error, match=message):
            store(batch)
    assert session.get_items() == kept


@pytest.mark.parametrize(("levels", "is_stored"), [(499, True), (500, False), (900, False)])
def test_nesting_that_a_reader_might_not_follow(
    client: Redis, levels: int, is_stored: bool
) -> None:
    session = SyncRedisSession("user-123", client)
    deep: Any = []
    for _ in range(levels - 1):
        deep = [deep]
    item: Any = {"deep": deep}
    if is_stored:
        session.add_items([item])
        assert session.get_items() == [item]
    else:
        with pytest.raises(ValueError, match=r"items\[0\] .*nested too deeply"):
            session.add_items([item])


def test_an_item_nested_without_end_stores_nothing(client: Redis) -> None:
    deep: Any = []
    for _ in range(200_000):
        deep = [deep]
    item: Any = {"deep": deep}
    with pytest.raises(ValueError, match=r"items\[0\] is nested too deeply"):
        SyncRedisSession("user-123", client).add_items([item])
    while deep:  # taken apart by hand: freeing it in one go would overflow the stack
        deep = deep.pop()


@pytest.mark.parametrize("batch", [{"role": "user"}, "text", b"text"])
def test_a_batch_that_is_no_list(client: Redis, batch: Any) -> None:
    with pytest.raises(TypeError, match="items must be a list"):
        SyncRedisSession("user-123", client).add_items(batch)


def test_errors_do_not_repeat_the_conversation(client: Redis) -> None:
    session = SyncRedisSession("user-123", client)
    secret: Any = {"content": "my secret", "x": {1}}
    with pytest.raises(TypeError) as caught:
        session.add_items([secret])
    assert "secret" not in str(caught.value)
