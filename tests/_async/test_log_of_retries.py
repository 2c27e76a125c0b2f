# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""One line in the log tells of a call that was answered only after several attempts."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession, RedisSessionManager

from ..support.internals import give_up_at_once

if TYPE_CHECKING:
    from .._aio import Action
    from ..support.proxy import FaultProxy

KEY = "openai_agents_session:ada"
ITEM: Any = {"role": "user", "content": "what nobody else may read"}
LINE = r"^%s: answered at attempt %d after \d+\.\d s; last error: \w+: .+$"


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "openai_agents_session")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, all of it at INFO, and forget it."""
    records = [record for record in caplog.records if record.name == "openai_agents_session"]
    assert {record.levelno for record in records} <= {logging.INFO}
    caplog.clear()
    return [record.getMessage() for record in records]


async def test_every_operation(proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> None:
    async with RedisSession.from_url("ada", proxy.url, ttl=100) as session:
        operations: list[Action] = [
            lambda: session.add_items([ITEM]),
            session.get_items,
            session.count,
            session.expires_in,
            session.ping,
            lambda: session.replace_items([ITEM]),
            session.pop_item,
            session.clear_session,
            session.lock(blocking_timeout=0).acquire,
        ]
        for operation in operations:
            proxy.arm("cut_before", times=3)
            await operation()
            [line] = lines(caplog)
            assert re.match(LINE % (f"session key '{KEY}'", 4), line)
            assert "nobody else" not in line


async def test_nothing_is_logged_of_what_works_at_once(
    proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    async with RedisSession.from_url("ada", proxy.url, ttl=100) as session:
        await session.add_items([ITEM])
        assert await session.get_items() == [ITEM]
    assert lines(caplog) == []


async def test_nothing_is_logged_of_what_raises(
    proxy: FaultProxy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_at_once(monkeypatch, 0.05)
    async with RedisSession.from_url("ada", proxy.url) as session:
        proxy.refuse()
        assert await session.ping() is False
    assert lines(caplog) == []


async def test_a_listing(proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> None:
    async with RedisSessionManager(url=proxy.url) as manager:
        await manager.store_message("ada", "user", "Hello")
        proxy.arm("cut_after", b"SCAN")
        assert [name async for name in manager.session_ids()] == ["ada"]
    [line] = lines(caplog)
    assert re.match(LINE % (r"session keys 'session:\*'", 2), line)
