# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A server user without one of the commands of a pop, or of its undoing, loses no item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import NoPermissionError

from openai_agents_session import RedisSession, RedisSessionManager

from ..support.internals import new_pop
from ..support.resp import rows, text

if TYPE_CHECKING:
    from ..support.server import Server

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


def open_session(server: Server, ttl: int | None = 1000) -> RedisSession:
    url = f"redis://agents@{server.host}:{server.port}"
    return RedisSession.from_url("user-123", url, ttl=ttl)


def permit(server: Server, *rules: str) -> None:
    server.command("ACL", "SETUSER", "agents", "reset", "on", "nopass", "~*", "+@all", *rules)


@pytest.mark.parametrize("denied", ["exists", "lpop"])
async def test_pops_go_on_if_old_ones_cannot_be_forgotten(own_server: Server, denied: str) -> None:
    permit(own_server, f"-{denied}")
    async with open_session(own_server) as session:
        await session.add_items([A] * 70)
        for left in reversed(range(70)):
            assert await session.pop_item() == A
            assert await session.count() == left
            for receipt in rows(own_server.command("KEYS", f"{{{session.key}}}:~r:*")):
                own_server.command("DEL", text(receipt))  # as if it had expired


async def test_the_latest_pop_is_not_forgotten(own_server: Server) -> None:
    permit(own_server)
    async with open_session(own_server) as session:
        for _ in range(63):
            await session.add_items([A, A])
            await session.pop_item()
        for receipt in rows(own_server.command("KEYS", f"{{{session.key}}}:~r:*")):
            own_server.command("DEL", text(receipt))
        pop = new_pop(session)
        await pop.take()
        assert own_server.command("LLEN", f"{{{session.key}}}:~pops") == 1
        await pop.put_back()
        assert await session.count() == 63


@pytest.mark.parametrize(("denied", "later"), [("lset", [B]), ("pexpire", [])])
async def test_a_refused_undo_changes_nothing(
    own_server: Server, denied: str, later: list[Any]
) -> None:
    permit(own_server)
    async with open_session(own_server) as session:
        await session.add_items([A])
        pop = new_pop(session)
        await pop.take()
        await session.add_items(later)
        permit(own_server, f"-{denied}")
        await pop.put_back()  # which logs a warning
        assert await session.get_items() == later
        permit(own_server)
        await pop.put_back()
        assert await session.get_items() == [A, *later]
        assert await session.expires_in() == 1000


@pytest.mark.parametrize("denied", ["llen", "expire", "rpush", "rpop", "set"])
async def test_a_refused_pop_leaves_the_last_item_its_lifetime(
    own_server: Server, denied: str
) -> None:
    permit(own_server)
    async with open_session(own_server, ttl=None) as session:
        await session.add_items([A])
        own_server.command("EXPIRE", session.key, 500)
        permit(own_server, f"-{denied}")
        with pytest.raises(NoPermissionError):
            await session.pop_item()
        permit(own_server)
        assert await session.get_items() == [A]
        assert await session.expires_in() == pytest.approx(500, abs=20)
        assert own_server.command("EXISTS", f"{{{session.key}}}:~pops") == 0


@pytest.mark.parametrize("denied", ["ltrim", "pexpire"])
async def test_a_repeated_pop_is_undone_once(own_server: Server, denied: str) -> None:
    permit(own_server, f"-{denied}")
    async with open_session(own_server) as session:
        await session.add_items([A, B, A])
        pop = new_pop(session)
        assert await pop.take() == await pop.take()
        await pop.put_back()
        assert await session.get_items() == [A, B, A]


@pytest.mark.parametrize(("denied", "items"), [("zadd", [A, B]), ("zrem", [A]), ("ltrim", [A])])
async def test_a_refused_pop_of_a_user_is_refused_again(
    own_server: Server, denied: str, items: list[Any]
) -> None:
    permit(own_server)
    url = f"redis://agents@{own_server.host}:{own_server.port}"
    async with RedisSessionManager(url=url) as manager:
        session = manager.user("alice").session("holiday")
        await session.add_items([*items, B])
        earlier, refused = new_pop(session), new_pop(session)
        await earlier.take()
        permit(own_server, f"-{denied}")
        for _ in range(2):
            with pytest.raises(NoPermissionError):
                await refused.take()
        permit(own_server)
        await earlier.put_back()
        assert await session.get_items() == [*items, B]
