# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Who opens and who closes a session's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

if TYPE_CHECKING:
    from .._aio import Action, Redis
    from ..support.server import Server

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


def connections(server: Server) -> int:
    """Count the clients of the server, without the one that asks."""
    return int(server.info("clients")["connected_clients"]) - 1


async def test_a_session_of_its_own_url_closes_its_client(server: Server) -> None:
    before = connections(server)
    session = RedisSession.from_url("user-123", server.url, ttl=100)
    await session.add_items([A])
    assert connections(server) == before + 1
    await session.close()
    assert connections(server) == before


async def test_the_database_of_a_url(server: Server) -> None:
    address = f"redis://{server.host}:{server.port}"
    async with RedisSession.from_url("user-123", f"{address}/1") as session:
        await session.add_items([A])
    for rest in ("/1/", "//1", "/%31", "?db=1", "/?db=1", "/0?db=1"):
        async with RedisSession.from_url("user-123", f"{address}{rest}") as session:
            assert await session.count() == 1, rest
    for rest in ("", "/", "?db="):
        async with RedisSession.from_url("user-123", f"{address}{rest}") as session:
            assert await session.count() == 0, rest
    for rest in ("/abc", "/1/2", "/-1", "?db=-1", "/1?bd=1", "/1#2"):
        with pytest.raises(ValueError, match="the URL"):
            RedisSession.from_url("user-123", f"{address}{rest}")


async def test_a_closed_session_is_finished(server: Server) -> None:
    session = RedisSession.from_url("user-123", url=server.url)
    await session.add_items([A])
    await session.close()
    await session.close()
    operations: list[Action] = [
        session.get_items,
        lambda: session.get_items(limit=0),
        session.pop_item,
        session.clear_session,
        session.count,
        session.expires_in,
        session.ping,
        lambda: session.add_items([A]),
        lambda: session.add_items([]),
        lambda: session.replace_items([A]),
    ]
    for operation in operations:
        with pytest.raises(RuntimeError, match="is closed; create a new one"):
            await operation()
    with pytest.raises(RuntimeError, match="is closed"):
        session.lock()


async def test_a_session_that_was_never_used_can_be_closed() -> None:
    session = RedisSession.from_url("user-123")
    await session.close()


async def test_the_block_closes_its_session(server: Server) -> None:
    before = connections(server)
    async with RedisSession.from_url("user-123", server.url) as session:
        await session.add_items([A])
    assert connections(server) == before
    with pytest.raises(RuntimeError, match="is closed"):
        await session.get_items()


async def test_a_client_that_was_passed_in_stays_open(client: Redis) -> None:
    async with RedisSession("user-123", client) as session:
        await session.add_items([A])
    await session.close()
    assert await session.get_items() == [A]
    assert await client.ping()


async def test_from_url_takes_every_setting(server: Server) -> None:
    session = RedisSession.from_url(
        "user-123",
        url=server.url,
        redis_kwargs={"decode_responses": True, "socket_timeout": 2.0},
        key_prefix="myapp",
        ttl=60,
        session_settings={"limit": 1},
        max_items=2,
    )
    async with session:
        await session.add_items([A, B])
        assert session.key == "myapp:user-123"
        assert await session.get_items() == [B]
        await session.add_items([A])
        assert await session.count() == 2
        assert await session.expires_in() == 60


async def test_from_url_over_a_unix_socket(unix_server: Server) -> None:
    async with RedisSession.from_url("user-123", f"unix://{unix_server.unix_socket}") as session:
        await session.add_items([A])
        assert await session.get_items() == [A]


@pytest.mark.parametrize(
    ("url", "error"), [("localhost:6379", ValueError), ("", ValueError), (None, TypeError)]
)
def test_a_bad_url(url: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        RedisSession.from_url("user-123", url)


async def test_ping(server: Server) -> None:
    async with RedisSession.from_url("user-123", server.url) as session:
        assert await session.ping() is True


async def test_ping_of_a_password_that_is_wrong(server: Server) -> None:
    url = f"redis://user:wrong@{server.host}:{server.port}"
    async with RedisSession.from_url("user-123", url) as session:
        assert await session.ping() is False


async def test_names(client: Redis) -> None:
    session = RedisSession("user-123", client, key_prefix="myapp:sessions")
    assert session.session_id == "user-123"
    assert session.key == session._key == "myapp:sessions:user-123"
    class_name = RedisSession.__name__
    assert repr(session) == f"<{class_name} key='myapp:sessions:user-123'>"
    assert RedisSession("user-123", client).key == "openai_agents_session:user-123"
