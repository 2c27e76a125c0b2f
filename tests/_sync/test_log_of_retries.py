# Generated from tests/_async/test_log_of_retries.py by tools/generate.py; edit that file instead.
"""One line in the log tells of a call that was answered only after several attempts."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from ..support.internals import give_up_at_once

if TYPE_CHECKING:
    from .._blocking import Action
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


def test_every_operation(proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> None:
    with SyncRedisSession.from_url("ada", proxy.url, ttl=100) as session:
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
            operation()
            [line] = lines(caplog)
            assert re.match(LINE % (f"session key '{KEY}'", 4), line)
            assert "nobody else" not in line


def test_nothing_is_logged_of_what_works_at_once(
    proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    with SyncRedisSession.from_url("ada", proxy.url, ttl=100) as session:
        session.add_items([ITEM])
        assert session.get_items() == [ITEM]
    assert lines(caplog) == []


def test_nothing_is_logged_of_what_raises(
    proxy: FaultProxy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_at_once(monkeypatch, 0.05)
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        proxy.refuse()
        assert session.ping() is False
    assert lines(caplog) == []


def test_a_listing(proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> None:
    with SyncRedisSessionManager(url=proxy.url) as manager:
        manager.store_message("ada", "user", "Hello")
        proxy.arm("cut_after", b"SCAN")
        assert [name for name in manager.session_ids()] == ["ada"]
    [line] = lines(caplog)
    assert re.match(LINE % (r"session keys 'session:\*'", 2), line)
