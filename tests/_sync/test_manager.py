# Generated from tests/_async/test_manager.py by tools/generate.py; edit that file instead.
"""What a manager does with messages, on a server and in memory alike."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from redis.exceptions import ResponseError

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .._blocking import CLASS_FOR_WRONG_CLIENT, together, wrong_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._blocking import Action, Redis
    from ..support.server import Server

HELLO: dict[str, Any] = {"role": "user", "content": "Hello", "metadata": {}}
HI: dict[str, Any] = {
    "role": "assistant",
    "content": "Hi",
    "metadata": {"model": "m", "tokens": [1, 2.5, None]},
}


@pytest.fixture(params=["server", "memory"])
def manager(
    request: pytest.FixtureRequest, server: Server
) -> Iterator[SyncRedisSessionManager]:
    """A manager with a client of its own; tests that use it run once for each kind."""
    url = server.url if request.param == "server" else f"memory://{uuid4()}"
    with SyncRedisSessionManager(url=url) as manager:
        yield manager


def test_what_is_stored_is_read(manager: SyncRedisSessionManager) -> None:
    assert manager.get_history("user-123") == []
    assert manager.store_message(session_id="user-123", role="user", content="Hello") is True
    assert manager.store_message("user-123", "assistant", "Hi", HI["metadata"]) is True
    assert manager.get_history("user-123") == [HELLO, HI]
    assert manager.get_history("user-123", limit=1) == [HI]
    assert manager.get_history("user-123", 0) == []
    assert manager.get_history("somebody else") == []
    assert manager.clear_session("user-123") is True
    assert manager.clear_session("user-123") is True
    assert manager.get_history("user-123") == []


def test_content_may_be_a_list_of_parts(manager: SyncRedisSessionManager) -> None:
    parts = [{"type": "input_text", "text": "Olá \ud800"}]
    manager.store_message("user-123", "user", parts)
    assert manager.get_history("user-123") == [{**HELLO, "content": parts}]


def test_the_stored_form_is_public(server: Server, real_client: Redis) -> None:
    manager = SyncRedisSessionManager(real_client)
    manager.store_message("user-123", "assistant", "Hi", HI["metadata"])
    [element] = real_client.lrange("session:user-123", 0, -1)
    assert json.loads(element) == HI
    assert real_client.ttl("session:user-123") == 3600
    real_client.rpush("session:user-123", '{"role": "user", "content": "Hello"}')
    assert manager.get_history("user-123") == [HI, {"role": "user", "content": "Hello"}]


def test_many_at_once(manager: SyncRedisSessionManager) -> None:
    def store() -> bool:
        return manager.store_message("user-123", "user", "Hello")

    assert together(*[store] * 20) == [True] * 20
    assert manager.get_history("user-123") == [HELLO] * 20


def test_a_session_is_on_the_same_data_without_metadata(
    manager: SyncRedisSessionManager,
) -> None:
    manager.store_message("user-123", "user", "Hello")
    manager.store_message("user-123", "assistant", "Hi", HI["metadata"])
    session = manager.session("user-123")
    assert isinstance(session, SyncRedisSession)
    assert session.key == "session:user-123"
    assert session.get_items() == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
    ]
    call: Any = {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}
    session.add_items([call])
    assert manager.get_history("user-123") == [HELLO, HI, call]
    assert session.pop_item() == call
    assert session.pop_item() == {"role": "assistant", "content": "Hi"}
    assert manager.get_history("user-123") == [HELLO]


def test_only_stored_messages_lose_their_metadata(manager: SyncRedisSessionManager) -> None:
    session = manager.session("user-123")
    items: Any = [{"metadata": 1}, {"role": "user", "content": "a", "metadata": {}, "id": "1"}]
    session.add_items(items)
    assert session.get_items() == items


def test_settings_set_the_limit(server: Server) -> None:
    manager = SyncRedisSessionManager(url=server.url, session_settings={"limit": 1})
    with manager:
        manager.store_message("user-123", "user", "Hello")
        manager.store_message("user-123", "assistant", "Hi", HI["metadata"])
        assert manager.get_history("user-123") == [HI]
        assert manager.get_history("user-123", 2) == [HELLO, HI]
        assert manager.session("user-123").get_items() == [
            {"role": "assistant", "content": "Hi"}
        ]


def test_storing_and_reading_start_the_ttl_anew(server: Server, real_client: Redis) -> None:
    manager = SyncRedisSessionManager(real_client, ttl=100)
    uses: list[Action] = [
        lambda: manager.store_message("user-123", "user", "Hello"),
        lambda: manager.get_history("user-123"),
        manager.session("user-123").get_items,
    ]
    for use in uses:
        use()
        assert (manager.stats("user-123")).expires_in == 100
        real_client.expire("session:user-123", 10)


def test_no_ttl(manager: SyncRedisSessionManager, real_client: Redis) -> None:
    forever = SyncRedisSessionManager(real_client, ttl=None)
    forever.store_message("user-123", "user", "Hello")
    assert (forever.stats("user-123")).expires_in is None
    assert forever.session("user-123").expires_in() is None


def test_stats(manager: SyncRedisSessionManager) -> None:
    empty = manager.stats("user-123")
    assert (empty.count, empty.bytes, empty.expires_in) == (0, 0, None)
    for _ in range(3):
        manager.store_message("user-123", "user", "x" * 1000)
    stats = manager.stats("user-123")
    assert (stats.count, stats.expires_in) == (3, 3600)
    assert 3000 < stats.bytes < 6000


def test_stats_where_redis_does_not_tell_the_size(server: Server, real_client: Redis) -> None:
    manager = SyncRedisSessionManager(real_client, ttl=None)
    manager.store_message("user-123", "user", "x" * 1000)
    server.command("ACL", "SETUSER", "default", "-memory|usage" if _can_deny(server) else "-memory")
    try:
        stats = manager.stats("user-123")
    finally:
        server.command("ACL", "SETUSER", "default", "+@all")
    assert (stats.count, stats.expires_in) == (1, None)
    assert 1000 < stats.bytes < 1100


def _can_deny(server: Server) -> bool:
    """Return whether a part of a command can be denied, which began with Redis 7."""
    return server.binary.version >= (7,)


def test_a_prefix_of_ones_own(server: Server, real_client: Redis) -> None:
    with SyncRedisSessionManager(url=server.url, key_prefix="app:{eu}:chats") as manager:
        manager.store_message("user-123", "user", "Hello")
        assert real_client.exists("app:{eu}:chats:user-123")
        assert [i for i in manager.session_ids()] == ["user-123"]


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"session_id": 5}, TypeError, "session_id must be a string"),
    ({"session_id": ""}, ValueError, "session_id must not be empty"),
    ({"session_id": "a}b"}, ValueError, "no hash tag"),
    ({"role": None}, TypeError, "role must be a string"),
    ({"role": ""}, ValueError, "role must not be empty"),
    ({"content": None}, TypeError, "content must be a string or a list"),
    ({"content": {"my secret": 1}}, TypeError, "content must be a string or a list"),
    ({"content": [{"my secret": {1}}]}, TypeError, "cannot be stored as JSON"),
    ({"metadata": ["my secret"]}, TypeError, "metadata must be a mapping"),
    ({"metadata": {"my secret": math.nan}}, ValueError, "cannot be stored as JSON"),
    ({"metadata": {1: "my secret"}}, TypeError, "keys must be strings"),
]


@pytest.mark.parametrize(("argument", "error", "message"), BAD)
def test_a_mistake_raises(
    manager: SyncRedisSessionManager, argument: Any, error: type[Exception], message: str
) -> None:
    good = {"session_id": "user-123", "role": "user", "content": "Hello", "metadata": None}
    with pytest.raises(error, match=message) as caught:
        manager.store_message(**{**good, **argument})
    assert "secret" not in str(caught.value)
    assert manager.get_history("user-123") == []


def test_mistakes_of_reading_and_clearing_raise(manager: SyncRedisSessionManager) -> None:
    nothing: Any = None
    five: Any = "5"
    number: Any = 5
    for mistake in (
        lambda: manager.get_history(nothing),
        lambda: manager.get_history("user-123", limit=five),
        lambda: manager.clear_session(nothing),
        lambda: manager.stats(nothing),
    ):
        with pytest.raises(TypeError, match="must be a"):
            mistake()
    with pytest.raises(TypeError, match="session_id must be a string"):
        manager.session(nothing)
    with pytest.raises(TypeError, match="match must be a string"):
        manager.session_ids(match=number)


def test_the_stats_of_a_key_of_another_type(real_client: Redis) -> None:
    real_client.set("session:user-123", "somebody else's")
    with pytest.raises(ResponseError, match=r"^WRONGTYPE"):
        SyncRedisSessionManager(real_client).stats("user-123")


MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"ttl": 0}, ValueError, "ttl must be"),
    ({"ttl": "60"}, TypeError, "ttl must be"),
    ({"key_prefix": ""}, ValueError, "key_prefix must not be empty"),
    ({"key_prefix": None}, TypeError, "key_prefix must be a string"),
    ({"key_prefix": "a}b"}, ValueError, "no hash tag"),
    ({"url": 5}, TypeError, "url must be a string"),
    ({"url": "localhost:6379"}, ValueError, "must begin with redis://"),
    ({"redis_client": "redis://localhost"}, TypeError, "needs a redis"),
]


@pytest.mark.parametrize(("argument", "error", "message"), MISTAKES)
def test_a_mistake_in_the_making_raises(
    argument: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        SyncRedisSessionManager(**argument)


def test_a_client_and_what_makes_one(real_client: Redis) -> None:
    for more in ({"url": "redis://localhost"}, {"redis_kwargs": {"socket_timeout": 1}}):
        options: Any = more
        with pytest.raises(TypeError, match="pass either redis_client"):
            SyncRedisSessionManager(real_client, **options)


def test_the_wrong_kind_of_client() -> None:
    with pytest.raises(TypeError) as caught:
        SyncRedisSessionManager(wrong_client())
    assert str(caught.value).startswith(SyncRedisSessionManager.__name__ + " ")
    assert str(caught.value).endswith(" or use " + CLASS_FOR_WRONG_CLIENT + "Manager")
