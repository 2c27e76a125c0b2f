# Generated from tests/_async/test_repeated_pops.py by tools/generate.py; edit that file instead.
"""A pop that is sent twice takes one item, and leaves everything else as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

from ..support.internals import new_pop, replace_pause
from ..support.resp import rows

if TYPE_CHECKING:
    from ..support.proxy import FaultProxy
    from ..support.server import Server


def items(*numbers: int) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in numbers]


def test_a_repeated_pop_returns_what_the_first_one_took(
    proxy: FaultProxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SyncRedisSession.from_url("user-123", server.url)

    def write_before_the_repeat(seconds: float) -> None:
        other.add_items(items(8))

    with SyncRedisSession.from_url("user-123", proxy.url) as session, other:
        session.add_items(items(1, 2))
        proxy.arm("cut_after", b"EVAL\r\n")
        replace_pause(monkeypatch, write_before_the_repeat)
        assert session.pop_item() == items(2)[0]
        assert session.get_items() == items(1, 8)


@pytest.mark.parametrize("added", [1, 2])
def test_a_repeated_pop_leaves_what_was_added_since(server: Server, added: int) -> None:
    with (
        SyncRedisSession.from_url("user-123", server.url) as session,
        SyncRedisSession.from_url("user-123", server.url, ttl=500) as other,
    ):
        session.add_items(items(1))
        pop = new_pop(session)
        taken = pop.take()
        later = items(*range(2, 2 + added))
        other.add_items(later)
        log = server.command("LRANGE", f"{{{session.key}}}:~pops", 0, -1)
        assert pop.take() == taken
        assert session.get_items() == later
        assert session.expires_in() == pytest.approx(500, abs=20)
        assert server.command("LRANGE", f"{{{session.key}}}:~pops", 0, -1) == log
        pop.put_back()
        assert session.get_items() == items(1) + later


@pytest.mark.parametrize("added", [0, 1, 2])
def test_a_pop_that_was_undone_first_takes_nothing(server: Server, added: int) -> None:
    with SyncRedisSession.from_url("user-123", server.url, ttl=500) as session:
        session.add_items(items(*range(added)))
        before = rows(server.command("KEYS", "*"))
        pop = new_pop(session)
        pop.put_back()
        assert pop.take() is None
        assert session.get_items() == items(*range(added))
        assert session.expires_in() == (500 if added else None)
        assert len(rows(server.command("KEYS", "*"))) == len(before) + 1  # the receipt


@pytest.mark.parametrize("seconds", [5000, 10**11, 10**15, 9 * 10**15])
def test_a_lifetime_comes_back_however_long_it_is(server: Server, seconds: int) -> None:
    with SyncRedisSession.from_url("user-123", server.url) as session:  # which sets none itself
        session.add_items(items(1))
        server.command("EXPIRE", session.key, seconds)
        pop = new_pop(session)
        assert pop.take() == pop.take()
        assert session.count() == 0
        pop.put_back()
        assert session.get_items() == items(1)
        assert session.expires_in() == pytest.approx(seconds, rel=0.01)
