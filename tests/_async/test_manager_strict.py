# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A strict manager raises when Redis fails; and a manager's `max_items` holds everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, ResponseError

from openai_agents_session import RedisSessionManager

from ..support.internals import give_up_at_once
from ..support.ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from .._aio import Action
    from ..support.cluster import Cluster
    from ..support.server import Server


def operations(manager: RedisSessionManager) -> list[tuple[Action, Any]]:
    """Return what is best effort, and what it returns if Redis fails."""
    return [
        (lambda: manager.store_message("ada", "user", "Hello"), False),
        (lambda: manager.get_history("ada"), []),
        (lambda: manager.clear_session("ada"), False),
    ]


async def check(url: str, error: type[RedisError], words: str) -> None:
    """Check that a strict manager raises, and another one does not."""
    async with RedisSessionManager(url=url, strict=True) as strict:
        for operation, _ in operations(strict):
            with pytest.raises(error, match=words):
                await operation()
    async with RedisSessionManager(url=url) as lenient:
        for operation, result in operations(lenient):
            assert await operation() == result


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
async def test_a_server_that_is_down(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    give_up_at_once(monkeypatch, 0.05)
    url = f"{scheme}://{LOOPBACK}:{free_port()}"
    await check(url, ConnectionError, "cannot connect to Redis for session key 'session:ada'")


async def test_a_wrong_password(server: Server) -> None:
    url = f"redis://eve:secret@{server.host}:{server.port}"
    await check(url, AuthenticationError, "rejected the credentials for session key 'session:ada'")


async def test_a_key_of_another_type(server: Server) -> None:
    server.command("SET", "session:ada", "somebody else's")
    await check(server.url, ResponseError, "WRONGTYPE")
    assert server.command("GET", "session:ada") == b"somebody else's"


async def test_it_works_like_any_other_if_redis_does(server: Server) -> None:
    async with RedisSessionManager(url=server.url, strict=True) as manager:
        assert await manager.get_history("ada") == []  # now that means empty
        assert await manager.store_message("ada", "user", "Hello") is True
        assert [message["content"] for message in await manager.get_history("ada")] == ["Hello"]
        assert await manager.clear_session("ada") is True
        assert await manager.get_history("ada") == []


async def fill(manager: RedisSessionManager) -> None:
    for number in range(6):
        await manager.store_message("ada", "user", f"question {number}")
        await manager.store_message("ada", "assistant", f"answer {number}")


LATEST = ["question 4", "answer 4", "question 5", "answer 5"]


async def test_max_items(server: Server) -> None:
    async with RedisSessionManager(url=server.url, max_items=5) as manager:
        await fill(manager)
        messages = await manager.get_history("ada")
        assert [message["content"] for message in messages] == LATEST
        items: list[Any] = await manager.session("ada").get_items()
        assert [item["content"] for item in items] == LATEST
        await manager.session("ada").add_items([{"role": "user", "content": "next"}])
        assert (await manager.stats("ada")).count == 5


async def test_max_items_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    async with RedisSessionManager(url=f"redis+cluster://{host}:{port}", max_items=4) as manager:
        await fill(manager)
        messages = await manager.get_history("ada")
        assert [message["content"] for message in messages] == LATEST


@pytest.mark.parametrize(("wrong", "error"), [(0, ValueError), (-1, ValueError), ("5", TypeError)])
async def test_what_max_items_cannot_be(server: Server, wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_items"):
        RedisSessionManager(url=server.url, max_items=wrong)
