# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A pop that is sent twice takes one item, and leaves everything else as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession

from ..support.internals import new_pop, replace_pause
from ..support.resp import rows

if TYPE_CHECKING:
    from ..support.proxy import FaultProxy
    from ..support.server import Server


def items(*numbers: int) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in numbers]


async def test_a_repeated_pop_returns_what_the_first_one_took(
    proxy: FaultProxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = RedisSession.from_url("user-123", server.url)

    async def write_before_the_repeat(seconds: float) -> None:
        await other.add_items(items(8))

    async with RedisSession.from_url("user-123", proxy.url) as session, other:
        await session.add_items(items(1, 2))
        proxy.arm("cut_after", b"EVAL\r\n")
        replace_pause(monkeypatch, write_before_the_repeat)
        assert await session.pop_item() == items(2)[0]
        assert await session.get_items() == items(1, 8)


@pytest.mark.parametrize("added", [1, 2])
async def test_a_repeated_pop_leaves_what_was_added_since(server: Server, added: int) -> None:
    async with (
        RedisSession.from_url("user-123", server.url) as session,
        RedisSession.from_url("user-123", server.url, ttl=500) as other,
    ):
        await session.add_items(items(1))
        pop = new_pop(session)
        taken = await pop.take()
        later = items(*range(2, 2 + added))
        await other.add_items(later)
        log = server.command("LRANGE", f"{{{session.key}}}:~pops", 0, -1)
        assert await pop.take() == taken
        assert await session.get_items() == later
        assert await session.expires_in() == pytest.approx(500, abs=20)
        assert server.command("LRANGE", f"{{{session.key}}}:~pops", 0, -1) == log
        await pop.put_back()
        assert await session.get_items() == items(1) + later


@pytest.mark.parametrize("added", [0, 1, 2])
async def test_a_pop_that_was_undone_first_takes_nothing(server: Server, added: int) -> None:
    async with RedisSession.from_url("user-123", server.url, ttl=500) as session:
        await session.add_items(items(*range(added)))
        before = rows(server.command("KEYS", "*"))
        pop = new_pop(session)
        await pop.put_back()
        assert await pop.take() is None
        assert await session.get_items() == items(*range(added))
        assert await session.expires_in() == (500 if added else None)
        assert len(rows(server.command("KEYS", "*"))) == len(before) + 1  # the receipt


@pytest.mark.parametrize("seconds", [5000, 10**11, 10**15, 9 * 10**15])
async def test_a_lifetime_comes_back_however_long_it_is(server: Server, seconds: int) -> None:
    async with RedisSession.from_url("user-123", server.url) as session:  # which sets none itself
        await session.add_items(items(1))
        server.command("EXPIRE", session.key, seconds)
        pop = new_pop(session)
        assert await pop.take() == await pop.take()
        assert await session.count() == 0
        await pop.put_back()
        assert await session.get_items() == items(1)
        assert await session.expires_in() == pytest.approx(seconds, rel=0.01)
