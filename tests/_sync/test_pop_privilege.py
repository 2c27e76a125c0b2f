# Generated from tests/_async/test_pop_privilege.py by tools/generate.py; edit that file instead.
"""A server user without one of the commands of a pop, or of its undoing, loses no item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import NoPermissionError

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from ..support.internals import new_pop
from ..support.resp import rows, text

if TYPE_CHECKING:
    from ..support.server import Server

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


def open_session(server: Server, ttl: int | None = 1000) -> SyncRedisSession:
    url = f"redis://agents@{server.host}:{server.port}"
    return SyncRedisSession.from_url("user-123", url, ttl=ttl)


def permit(server: Server, *rules: str) -> None:
    server.command("ACL", "SETUSER", "agents", "reset", "on", "nopass", "~*", "+@all", *rules)


@pytest.mark.parametrize("denied", ["exists", "lpop"])
def test_pops_go_on_if_old_ones_cannot_be_forgotten(own_server: Server, denied: str) -> None:
    permit(own_server, f"-{denied}")
    with open_session(own_server) as session:
        session.add_items([A] * 70)
        for left in reversed(range(70)):
            assert session.pop_item() == A
            assert session.count() == left
            for receipt in rows(own_server.command("KEYS", f"{{{session.key}}}:~r:*")):
                own_server.command("DEL", text(receipt))  # as if it had expired


def test_the_latest_pop_is_not_forgotten(own_server: Server) -> None:
    permit(own_server)
    with open_session(own_server) as session:
        for _ in range(63):
            session.add_items([A, A])
            session.pop_item()
        for receipt in rows(own_server.command("KEYS", f"{{{session.key}}}:~r:*")):
            own_server.command("DEL", text(receipt))
        pop = new_pop(session)
        pop.take()
        assert own_server.command("LLEN", f"{{{session.key}}}:~pops") == 1
        pop.put_back()
        assert session.count() == 63


@pytest.mark.parametrize(("denied", "later"), [("lset", [B]), ("pexpire", [])])
def test_a_refused_undo_changes_nothing(
    own_server: Server, denied: str, later: list[Any]
) -> None:
    permit(own_server)
    with open_session(own_server) as session:
        session.add_items([A])
        pop = new_pop(session)
        pop.take()
        session.add_items(later)
        permit(own_server, f"-{denied}")
        pop.put_back()  # which logs a warning
        assert session.get_items() == later
        permit(own_server)
        pop.put_back()
        assert session.get_items() == [A, *later]
        assert session.expires_in() == 1000


@pytest.mark.parametrize("denied", ["llen", "expire", "rpush", "rpop", "set"])
def test_a_refused_pop_leaves_the_last_item_its_lifetime(
    own_server: Server, denied: str
) -> None:
    permit(own_server)
    with open_session(own_server, ttl=None) as session:
        session.add_items([A])
        own_server.command("EXPIRE", session.key, 500)
        permit(own_server, f"-{denied}")
        with pytest.raises(NoPermissionError):
            session.pop_item()
        permit(own_server)
        assert session.get_items() == [A]
        assert session.expires_in() == pytest.approx(500, abs=20)
        assert own_server.command("EXISTS", f"{{{session.key}}}:~pops") == 0


@pytest.mark.parametrize("denied", ["ltrim", "pexpire"])
def test_a_repeated_pop_is_undone_once(own_server: Server, denied: str) -> None:
    permit(own_server, f"-{denied}")
    with open_session(own_server) as session:
        session.add_items([A, B, A])
        pop = new_pop(session)
        assert pop.take() == pop.take()
        pop.put_back()
        assert session.get_items() == [A, B, A]


@pytest.mark.parametrize(("denied", "items"), [("zadd", [A, B]), ("zrem", [A]), ("ltrim", [A])])
def test_a_refused_pop_of_a_user_is_refused_again(
    own_server: Server, denied: str, items: list[Any]
) -> None:
    permit(own_server)
    url = f"redis://agents@{own_server.host}:{own_server.port}"
    with SyncRedisSessionManager(url=url) as manager:
        session = manager.user("alice").session("holiday")
        session.add_items([*items, B])
        earlier, refused = new_pop(session), new_pop(session)
        earlier.take()
        permit(own_server, f"-{denied}")
        for _ in range(2):
            with pytest.raises(NoPermissionError):
                refused.take()
        permit(own_server)
        earlier.put_back()
        assert session.get_items() == [*items, B]
