"""Each API reads what the other one stored of a user, on a server and in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from openai_agents_session import RedisSessionManager, SyncRedisSessionManager

from .support.users import A, B

if TYPE_CHECKING:
    from .support.server import Server


@pytest.fixture(params=["server", "memory"])
def url(request: pytest.FixtureRequest, server: Server) -> str:
    return server.url if request.param == "server" else f"memory://{uuid4()}"


async def test_each_api_reads_what_the_other_wrote(url: str) -> None:
    blocking = SyncRedisSessionManager(url=url, ttl=500)
    async with RedisSessionManager(url=url, ttl=500) as awaited:
        ada, twin = awaited.user("ada"), blocking.user("ada")
        await ada.session("holiday").add_items([A, B])
        twin.session("work").add_items([B])
        assert await ada.update("work", title="\U0001f600", metadata={"a": [1]}) is True
        assert twin.update("holiday", title="\ud800 Rome") is True
        page = await ada.page()
        assert twin.page() == page
        assert [found.session_id for found in page.sessions] == ["work", "holiday"]
        assert [found.title for found in page.sessions] == ["\U0001f600", "\ud800 Rome"]
        assert twin.session("holiday").get_items() == [A, B]
        first = await ada.page(1)
        assert twin.page(1) == first
        assert twin.page(1, first.next_cursor) == await ada.page(1, first.next_cursor)
        assert [found async for found in ada.sessions()] == list(twin.sessions())
        assert await ada.count() == twin.count() == 2
        await awaited.session("old").add_items([A])
        assert twin.adopt("old") is True
        assert await ada.adopt("old") is True
        assert twin.delete("holiday") is True
        assert await ada.delete("work") is True
        assert [found.session_id for found in twin.page().sessions] == ["old"]
        twin.erase()
        assert await ada.count() == 0
    blocking.close()
