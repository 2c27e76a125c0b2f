# Generated from tests/_async/test_user_lifetimes.py by tools/generate.py; edit that file instead.
"""How long the index, the titles and the receipts of a user's conversations live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSessionManager, SyncUserSessions

from ..support.users import INDEX, A, B, info, key, keys

if TYPE_CHECKING:
    from .._blocking import Action, Redis
    from ..support.server import Server

LONGEST = (2**63 - 1) // 1000 - 10**10  # the longest ttl that is accepted


def user_of(client: Redis, ttl: int | None) -> SyncUserSessions:
    return SyncRedisSessionManager(client, ttl=ttl).user("alice")


def left(server: Server, name: str) -> int:
    seconds = server.command("TTL", name)
    assert isinstance(seconds, int)
    return seconds


def operate(user: SyncUserSessions) -> list[Action]:
    """Return all that a conversation does, so that it holds items after each of them."""
    session = user.session("holiday")

    def turn() -> None:
        with session.turn() as turn:
            turn.add_items([A])

    def read_in_a_turn() -> None:
        with session.turn() as turn:
            turn.get_items()

    return [
        lambda: session.add_items([A, B, A, B]),
        lambda: session.add_items([A, B], idempotency_key="key"),
        session.get_items,
        session.pop_item,
        session.rewind,
        turn,
        read_in_a_turn,
        lambda: user.update("holiday", title="Rome"),
        lambda: session.fork("copy"),
        lambda: session.replace_items([A, B]),
    ]


@pytest.mark.parametrize("ttl", [1, 500, 10**9, LONGEST])
def test_where_each_has_a_ttl_nothing_lives_forever(
    server: Server, real_client: Redis, ttl: int
) -> None:
    alice = user_of(real_client, ttl)
    for operation in operate(alice):
        operation()
        if ttl == 1:
            continue
        assert ttl - 30 <= left(server, key("holiday")) <= ttl
        assert left(server, key("holiday")) <= left(server, info("holiday"))
        assert left(server, info("holiday")) <= left(server, key("holiday")) + 121
        assert ttl <= left(server, INDEX) + 1 <= ttl + 122 + min(ttl // 10, 86_400)
        assert [name for name in keys(server) if left(server, name.decode()) == -1] == []
    alice.session("holiday").clear_session()
    alice.session("copy").clear_session()
    assert [name for name in keys(server) if left(server, name.decode()) == -1] == []
    assert max(left(server, name.decode()) for name in keys(server)) <= 86_400
    alice.session("holiday").add_items([A])
    alice.delete("holiday")
    assert server.command("EXISTS", key("holiday"), info("holiday"), INDEX) == 0


def test_the_index_lives_as_long_as_the_longest(server: Server, real_client: Redis) -> None:
    long, short = user_of(real_client, 5000), user_of(real_client, 50)
    short.session("short").add_items([A])
    assert 50 <= left(server, INDEX) <= 50 + 130
    long.session("long").add_items([A])
    assert left(server, INDEX) >= 5000
    short.session("short").add_items([A])
    assert left(server, INDEX) >= 5000 - 5
    forever = user_of(real_client, None)
    forever.session("forever").add_items([A])
    assert left(server, INDEX) == left(server, info("forever")) == -1
    for user, name in ((short, "short"), (long, "long")):
        user.session(name).add_items([A])
        user.session(name).get_items()
        assert left(server, INDEX) == -1
    assert 50 <= left(server, info("short")) <= 170


@pytest.mark.parametrize("read", ["get_items", "pop_item", "rewind", "turn", "update"])
def test_a_lifetime_that_is_refreshed(server: Server, real_client: Redis, read: str) -> None:
    alice = user_of(real_client, 500)
    session = alice.session("holiday")
    session.add_items([A, A, B, A])
    alice.update("holiday", title="Rome")
    for name, seconds in ((key("holiday"), 10), (info("holiday"), 20), (INDEX, 20)):
        server.command("EXPIRE", name, seconds)
    if read == "turn":
        with session.turn() as turn:
            assert len(turn.get_items()) == 4
    elif read == "update":
        alice.update("holiday", title="Paris")
    else:
        getattr(session, read)()
    if read == "update":  # this is no activity
        assert left(server, key("holiday")) <= 10
        return
    assert left(server, key("holiday")) >= 495
    assert left(server, info("holiday")) >= 600
    assert left(server, INDEX) >= 600


def test_a_conversation_that_has_a_ttl_and_a_session_that_has_none(
    server: Server, real_client: Redis
) -> None:
    user_of(real_client, 500).session("holiday").add_items([A])
    session = user_of(real_client, None).session("holiday")
    for call in (lambda: session.add_items([A, B]), session.get_items, session.pop_item):
        call()
        assert 490 < left(server, key("holiday")) <= 500
        assert 600 < left(server, info("holiday")) <= 620
        assert left(server, INDEX) >= 600
    session.clear_session()
    session.add_items([A])
    assert (
        left(server, key("holiday")) == left(server, info("holiday")) == left(server, INDEX) == -1
    )


def test_a_session_that_has_a_ttl_over_a_conversation_that_has_none(
    server: Server, real_client: Redis
) -> None:
    user_of(real_client, None).session("holiday").add_items([A, A, A])
    session = user_of(real_client, 500).session("holiday")
    for call in (session.get_items, session.pop_item):
        call()
        assert left(server, key("holiday")) == left(server, info("holiday")) == -1
        assert left(server, INDEX) == -1
    session.add_items([A])
    assert 490 < left(server, key("holiday")) <= 500
    assert 600 < left(server, info("holiday")) <= 620


def test_an_index_that_nothing_needs_forever_any_more(
    server: Server, real_client: Redis
) -> None:
    forever, brief = user_of(real_client, None), user_of(real_client, 500)
    forever.session("forever").add_items([A])
    brief.session("brief").add_items([A])
    forever.delete("forever")
    brief.page()
    assert 500 <= left(server, INDEX) <= 800


def test_an_index_that_was_lost(server: Server, real_client: Redis) -> None:
    alice = user_of(real_client, None)
    alice.session("holiday").add_items([A])
    alice.session("other").add_items([A])
    server.command("DEL", INDEX, info("holiday"))
    assert alice.count() == 0
    alice.session("holiday").add_items([B])
    [found] = (alice.page()).sessions
    assert (found.session_id, found.count) == ("holiday", 2)
    assert found.created_at == found.updated_at
    alice.session("holiday").get_items()
    assert left(server, INDEX) == -1


def test_titles_go_with_their_conversation(server: Server, real_client: Redis) -> None:
    alice = user_of(real_client, 1)
    alice.session("holiday").add_items([A])
    alice.update("holiday", title="Rome")
    milliseconds: Any = server.command("PTTL", info("holiday"))
    left_of_list: Any = server.command("PTTL", key("holiday"))
    assert left_of_list < milliseconds <= left_of_list + 120_000 + 50
