# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What a manager does with messages, on a server and in memory alike."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from redis.exceptions import ResponseError

from openai_agents_session import RedisSession, RedisSessionManager

from .._aio import CLASS_FOR_WRONG_CLIENT, together, wrong_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .._aio import Action, Redis
    from ..support.server import Server

HELLO: dict[str, Any] = {"role": "user", "content": "Hello", "metadata": {}}
HI: dict[str, Any] = {
    "role": "assistant",
    "content": "Hi",
    "metadata": {"model": "m", "tokens": [1, 2.5, None]},
}


@pytest.fixture(params=["server", "memory"])
async def manager(
    request: pytest.FixtureRequest, server: Server
) -> AsyncIterator[RedisSessionManager]:
    """A manager with a client of its own; tests that use it run once for each kind."""
    url = server.url if request.param == "server" else f"memory://{uuid4()}"
    async with RedisSessionManager(url=url) as manager:
        yield manager


async def test_what_is_stored_is_read(manager: RedisSessionManager) -> None:
    assert await manager.get_history("user-123") == []
    assert await manager.store_message(session_id="user-123", role="user", content="Hello") is True
    assert await manager.store_message("user-123", "assistant", "Hi", HI["metadata"]) is True
    assert await manager.get_history("user-123") == [HELLO, HI]
    assert await manager.get_history("user-123", limit=1) == [HI]
    assert await manager.get_history("user-123", 0) == []
    assert await manager.get_history("somebody else") == []
    assert await manager.clear_session("user-123") is True
    assert await manager.clear_session("user-123") is True
    assert await manager.get_history("user-123") == []


async def test_content_may_be_a_list_of_parts(manager: RedisSessionManager) -> None:
    parts = [{"type": "input_text", "text": "Olá \ud800"}]
    await manager.store_message("user-123", "user", parts)
    assert await manager.get_history("user-123") == [{**HELLO, "content": parts}]


async def test_the_stored_form_is_public(server: Server, real_client: Redis) -> None:
    manager = RedisSessionManager(real_client)
    await manager.store_message("user-123", "assistant", "Hi", HI["metadata"])
    [element] = await real_client.lrange("session:user-123", 0, -1)
    assert json.loads(element) == HI
    assert await real_client.ttl("session:user-123") == 3600
    await real_client.rpush("session:user-123", '{"role": "user", "content": "Hello"}')
    assert await manager.get_history("user-123") == [HI, {"role": "user", "content": "Hello"}]


async def test_many_at_once(manager: RedisSessionManager) -> None:
    async def store() -> bool:
        return await manager.store_message("user-123", "user", "Hello")

    assert await together(*[store] * 20) == [True] * 20
    assert await manager.get_history("user-123") == [HELLO] * 20


async def test_a_session_is_on_the_same_data_without_metadata(
    manager: RedisSessionManager,
) -> None:
    await manager.store_message("user-123", "user", "Hello")
    await manager.store_message("user-123", "assistant", "Hi", HI["metadata"])
    session = manager.session("user-123")
    assert isinstance(session, RedisSession)
    assert session.key == "session:user-123"
    assert await session.get_items() == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
    ]
    call: Any = {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}
    await session.add_items([call])
    assert await manager.get_history("user-123") == [HELLO, HI, call]
    assert await session.pop_item() == call
    assert await session.pop_item() == {"role": "assistant", "content": "Hi"}
    assert await manager.get_history("user-123") == [HELLO]


async def test_only_stored_messages_lose_their_metadata(manager: RedisSessionManager) -> None:
    session = manager.session("user-123")
    items: Any = [{"metadata": 1}, {"role": "user", "content": "a", "metadata": {}, "id": "1"}]
    await session.add_items(items)
    assert await session.get_items() == items


async def test_settings_set_the_limit(server: Server) -> None:
    manager = RedisSessionManager(url=server.url, session_settings={"limit": 1})
    async with manager:
        await manager.store_message("user-123", "user", "Hello")
        await manager.store_message("user-123", "assistant", "Hi", HI["metadata"])
        assert await manager.get_history("user-123") == [HI]
        assert await manager.get_history("user-123", 2) == [HELLO, HI]
        assert await manager.session("user-123").get_items() == [
            {"role": "assistant", "content": "Hi"}
        ]


async def test_storing_and_reading_start_the_ttl_anew(server: Server, real_client: Redis) -> None:
    manager = RedisSessionManager(real_client, ttl=100)
    uses: list[Action] = [
        lambda: manager.store_message("user-123", "user", "Hello"),
        lambda: manager.get_history("user-123"),
        manager.session("user-123").get_items,
    ]
    for use in uses:
        await use()
        assert (await manager.stats("user-123")).expires_in == 100
        await real_client.expire("session:user-123", 10)


async def test_no_ttl(manager: RedisSessionManager, real_client: Redis) -> None:
    forever = RedisSessionManager(real_client, ttl=None)
    await forever.store_message("user-123", "user", "Hello")
    assert (await forever.stats("user-123")).expires_in is None
    assert await forever.session("user-123").expires_in() is None


async def test_stats(manager: RedisSessionManager) -> None:
    empty = await manager.stats("user-123")
    assert (empty.count, empty.bytes, empty.expires_in) == (0, 0, None)
    for _ in range(3):
        await manager.store_message("user-123", "user", "x" * 1000)
    stats = await manager.stats("user-123")
    assert (stats.count, stats.expires_in) == (3, 3600)
    assert 3000 < stats.bytes < 6000


async def test_stats_where_redis_does_not_tell_the_size(server: Server, real_client: Redis) -> None:
    manager = RedisSessionManager(real_client, ttl=None)
    await manager.store_message("user-123", "user", "x" * 1000)
    server.command("ACL", "SETUSER", "default", "-memory|usage" if _can_deny(server) else "-memory")
    try:
        stats = await manager.stats("user-123")
    finally:
        server.command("ACL", "SETUSER", "default", "+@all")
    assert (stats.count, stats.expires_in) == (1, None)
    assert 1000 < stats.bytes < 1100


def _can_deny(server: Server) -> bool:
    """Return whether a part of a command can be denied, which began with Redis 7."""
    return server.binary.version >= (7,)


async def test_a_prefix_of_ones_own(server: Server, real_client: Redis) -> None:
    async with RedisSessionManager(url=server.url, key_prefix="app:{eu}:chats") as manager:
        await manager.store_message("user-123", "user", "Hello")
        assert await real_client.exists("app:{eu}:chats:user-123")
        assert [i async for i in manager.session_ids()] == ["user-123"]


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
async def test_a_mistake_raises(
    manager: RedisSessionManager, argument: Any, error: type[Exception], message: str
) -> None:
    good = {"session_id": "user-123", "role": "user", "content": "Hello", "metadata": None}
    with pytest.raises(error, match=message) as caught:
        await manager.store_message(**{**good, **argument})
    assert "secret" not in str(caught.value)
    assert await manager.get_history("user-123") == []


async def test_mistakes_of_reading_and_clearing_raise(manager: RedisSessionManager) -> None:
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
            await mistake()
    with pytest.raises(TypeError, match="session_id must be a string"):
        manager.session(nothing)
    with pytest.raises(TypeError, match="match must be a string"):
        manager.session_ids(match=number)


async def test_the_stats_of_a_key_of_another_type(real_client: Redis) -> None:
    await real_client.set("session:user-123", "somebody else's")
    with pytest.raises(ResponseError, match=r"^WRONGTYPE"):
        await RedisSessionManager(real_client).stats("user-123")


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
async def test_a_mistake_in_the_making_raises(
    argument: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        RedisSessionManager(**argument)


async def test_a_client_and_what_makes_one(real_client: Redis) -> None:
    for more in ({"url": "redis://localhost"}, {"redis_kwargs": {"socket_timeout": 1}}):
        options: Any = more
        with pytest.raises(TypeError, match="pass either redis_client"):
            RedisSessionManager(real_client, **options)


async def test_the_wrong_kind_of_client() -> None:
    with pytest.raises(TypeError) as caught:
        RedisSessionManager(wrong_client())
    assert str(caught.value).startswith(RedisSessionManager.__name__ + " ")
    assert str(caught.value).endswith(" or use " + CLASS_FOR_WRONG_CLIENT + "Manager")
