# Generated from tests/_async/test_turn_refusals.py by tools/generate.py; edit that file instead.
"""Turns that are refused, overtaken or undone in the middle: all of a turn, or nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import NoPermissionError

from openai_agents_session import SyncRedisSession, TurnConflictError

from ..support.internals import new_pop

if TYPE_CHECKING:
    from ..support.server import Server

KEY = "openai_agents_session:ada"
A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


def open_session(server: Server, **options: Any) -> SyncRedisSession:
    url = f"redis://agents:secret@{server.host}:{server.port}"
    return SyncRedisSession.from_url("ada", url, **options)


@pytest.mark.parametrize("denied", ["hset", "hrandfield", "hdel", "expire", "del", "rpush"])
def test_a_refused_turn_leaves_nothing(own_server: Server, denied: str) -> None:
    user = ("ACL", "SETUSER", "agents", "on", ">secret", "~*", "+@all")
    own_server.command(*user)
    with open_session(own_server, ttl=100) as session:
        refused = False
        own_server.command(*user, f"-{denied}")
        try:
            with session.turn("first", lease=2) as turn:
                turn.add_items([A, B])
        except NoPermissionError:
            refused = True
        own_server.command(*user)
        assert session.get_items() == ([] if refused else [A, B])
        with session.turn("first", blocking_timeout=30) as turn:  # a lease may have to expire
            assert turn.repeated is not refused
        if session.count():
            assert session.expires_in() == 100


@pytest.mark.parametrize("denied", ["hset", "hrandfield", "expire", "rpush"])
def test_a_refused_batch_leaves_nothing(own_server: Server, denied: str) -> None:
    user = ("ACL", "SETUSER", "agents", "on", ">secret", "~*", "+@all")
    own_server.command(*user, f"-{denied}")
    with open_session(own_server, ttl=100) as session:
        try:
            session.add_items([A], idempotency_key="first")
        except NoPermissionError:
            assert own_server.command("EXISTS", KEY) == 0
        own_server.command(*user)
        session.add_items([A], idempotency_key="first")
        assert session.get_items() == [A]


def test_a_key_that_was_committed_while_the_turn_ran(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        with pytest.raises(TurnConflictError, match="a turn with its key was stored"):
            with session.turn("first") as late:
                late.add_items([A])
                server.command("DEL", f"{{{KEY}}}:~lock")  # the lease was lost
                with session.turn("first") as turn:
                    turn.add_items([B])
                session.rewind()
        assert session.get_items() == []


def test_an_undone_pop_does_not_return_into_what_a_turn_replaced(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        session.add_items([A])
        pop = new_pop(session)
        pop.take()
        session.add_items([B])
        with session.turn() as turn:
            turn.replace_items([B, B])
        pop.put_back()
        assert session.get_items() == [B, B]


def test_a_lease_is_no_longer_than_the_timeout(server: Server) -> None:
    session = SyncRedisSession.from_url("ada", server.url)
    with session, session.turn(lease=100, timeout=50):
        left = server.command("PTTL", f"{{{KEY}}}:~lock")
        assert isinstance(left, int)
        assert 45_000 < left <= 50_000
