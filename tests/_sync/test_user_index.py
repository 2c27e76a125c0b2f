# Generated from tests/_async/test_user_index.py by tools/generate.py; edit that file instead.
"""The index of a user's conversations follows each operation that changes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSessionManager, SyncUserSessions

from .._blocking import Redis, RedisCluster
from ..support.internals import new_pop, stored_list
from ..support.polling import until
from ..support.users import INDEX, A, B, key, lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Callable

    from ..support.cluster import Cluster
    from ..support.server import Server

Change = Any


@pytest.fixture(params=["server", "decoded", "cluster", "fake"])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of every topology; of the fake, None."""
    if request.param == "fake":
        yield None
        return
    if request.param == "cluster":
        cluster: Cluster = request.getfixturevalue("cluster")
        host, port = cluster.startup[0]
        client: Any = RedisCluster(host=host, port=port)
    else:
        server: Server = request.getfixturevalue("server")
        decoded = request.param == "decoded"
        client = Redis(host=server.host, port=server.port, decode_responses=decoded)
    yield client
    client.close()


def user_of(client: Any, name: str = "alice", **options: Any) -> SyncUserSessions:
    """Return the conversations of a user."""
    where = {"url": "memory://index"} if client is None else {"redis_client": client}
    return SyncRedisSessionManager(**where, **{"ttl": None, **options}).user(name)


def counts(user: SyncUserSessions) -> list[tuple[str, int]]:
    """Return the ids and the counts, the last changed first."""
    return [(found.session_id, found.count) for found in (user.page()).sessions]


def add(session: Any) -> None:
    session.add_items([A])


def add_with_key(session: Any) -> None:
    session.add_items([A], idempotency_key="message-1")


def replace(session: Any) -> None:
    session.replace_items([A])


def pop(session: Any) -> None:
    session.pop_item()


def pop_all(session: Any) -> None:
    for _ in range(4):
        session.pop_item()


def clear(session: Any) -> None:
    session.clear_session()


def replace_by_nothing(session: Any) -> None:
    session.replace_items([])


def rewind(session: Any) -> None:
    session.rewind()


def rewind_all(session: Any) -> None:
    session.rewind(9)


def add_in_a_turn(session: Any) -> None:
    with session.turn("task-1") as turn:
        turn.add_items([A])


def pop_in_a_turn(session: Any) -> None:
    with session.turn() as turn:
        turn.pop_item()


def clear_in_a_turn(session: Any) -> None:
    with session.turn() as turn:
        turn.clear_session()


def replace_in_a_turn(session: Any) -> None:
    with session.turn() as turn:
        turn.replace_items([A])


def replace_the_tail(session: Any) -> None:
    stored = stored_list(session)
    elements = stored.read(0)
    assert stored.replace_tail([], elements[-2:], elements[:1]) is True


def replace_the_tail_by_nothing(session: Any) -> None:
    stored = stored_list(session)
    assert stored.replace_tail([], stored.read(0), []) is True


def undo_a_pop(session: Any) -> None:
    pop = new_pop(session)
    pop.take()
    pop.put_back()


def undo_the_pops(session: Any) -> None:
    pops = [new_pop(session) for _ in range(4)]
    for each in pops:
        each.take()
    for each in reversed(pops):
        each.put_back()


CHANGES: list[tuple[Callable[[Any], Any], int]] = [
    (add, 5),
    (add_with_key, 5),
    (replace, 1),
    (pop, 3),
    (pop_all, 0),
    (clear, 0),
    (replace_by_nothing, 0),
    (rewind, 2),
    (rewind_all, 0),
    (add_in_a_turn, 5),
    (pop_in_a_turn, 3),
    (clear_in_a_turn, 0),
    (replace_in_a_turn, 1),
    (replace_the_tail, 3),
    (replace_the_tail_by_nothing, 0),
    (undo_a_pop, 4),
    (undo_the_pops, 4),
]


@pytest.mark.parametrize("ttl", [None, 500])
@pytest.mark.parametrize(("change", "count"), CHANGES)
def test_a_change(client: Any, change: Change, count: int, ttl: int | None) -> None:
    alice = user_of(client, ttl=ttl)
    alice.erase()
    session = alice.session("changed")
    session.add_items([A, B, A, B])
    alice.session("other").add_items([A])
    alice.update("changed", title="Rome")
    change(session)
    assert session.count() == count
    if count:
        assert counts(alice) == [("changed", count), ("other", 1)]
        assert (alice.page()).sessions[0].title == "Rome"
    else:
        assert counts(alice) == [("other", 1)]
    session.add_items([B])
    assert counts(alice) == [("changed", count + 1), ("other", 1)]
    assert (alice.page()).sessions[0].title == "Rome"
    assert (alice.page()).sessions[0].expires_in in (ttl, (ttl or 1) - 1)


NO_CHANGES: list[Callable[[Any], Any]] = [
    lambda session: session.get_items(),
    lambda session: session.get_items(1),
    lambda session: session.add_items([]),
    lambda session: session.count(),
    lambda session: session.rewind(0),
    lambda session: session.add_items([A], idempotency_key="known"),
]


@pytest.mark.parametrize("ttl", [None, 500])
@pytest.mark.parametrize("read", NO_CHANGES)
def test_what_changes_nothing_moves_nothing(
    client: Any, read: Callable[[Any], Any], ttl: int | None
) -> None:
    alice = user_of(client, ttl=ttl)
    alice.erase()
    session = alice.session("read")
    session.add_items([A, B], idempotency_key="known")
    alice.session("other").add_items([A])
    before = alice.page()
    read(session)
    with session.turn() as turn:
        turn.get_items()
    assert [each.updated_at for each in (alice.page()).sessions] == [
        each.updated_at for each in before.sessions
    ]


def test_a_fork_is_listed(client: Any) -> None:
    alice = user_of(client)
    alice.erase()
    session = alice.session("holiday")
    session.add_items([A, B, A, B])
    alice.update("holiday", title="Rome")
    copy = session.fork("copy", rewind=1)
    assert copy.key == key("copy")
    assert counts(alice) == [("copy", 2), ("holiday", 4)]
    assert (alice.page()).sessions[0].title is None
    copy.add_items([A])
    assert counts(alice) == [("copy", 3), ("holiday", 4)]
    session.fork("nothing", rewind=9)
    with pytest.raises(ValueError, match="exists"):
        session.fork("copy")
    assert counts(alice) == [("copy", 3), ("holiday", 4)]


@pytest.mark.parametrize("add_more", [add, add_with_key, add_in_a_turn])
def test_max_items(client: Any, add_more: Change) -> None:
    alice = user_of(client, max_items=2)
    alice.erase()
    session = alice.session("holiday")
    session.add_items([A, B])
    alice.session("other").add_items([A])
    session.add_items([A, B])
    assert counts(alice) == [("holiday", 2), ("other", 1)]
    alice.session("other").add_items([B])
    add_more(session)
    assert counts(alice) == [("holiday", 1), ("other", 2)]


def test_a_pop_that_never_came(client: Any) -> None:
    alice = user_of(client)
    alice.erase()
    alice.session("holiday").add_items([A])
    alice.session("other").add_items([A])
    pop = new_pop(alice.session("holiday"))
    pop.put_back()
    assert pop.take() is None
    assert counts(alice) == [("other", 1), ("holiday", 1)]


def test_a_pop_is_not_undone_after_a_delete(client: Any) -> None:
    alice = user_of(client)
    alice.erase()
    alice.session("holiday").add_items([A])
    pop = new_pop(alice.session("holiday"))
    pop.take()
    alice.delete("holiday")
    pop.put_back()
    assert counts(alice) == []
    alice.session("holiday").add_items([B])
    assert alice.session("holiday").get_items() == [B]


def test_what_expired_is_gone_at_once(server: Server, real_client: Redis) -> None:
    alice = user_of(real_client, ttl=500)
    for name in "abc":
        alice.session(name).add_items([A])
    server.command("PEXPIRE", key("b"), 1)
    server.command("DEL", key("c"))
    until(lambda: len(lists(server)) == 1, 5, "the end of a conversation")
    assert counts(alice) == [("a", 1)]
    assert alice.count() == 1
    assert server.command("ZRANGE", INDEX, 0, -1) == [b"a"]
    assert alice.update("b", title="gone") is False
    assert alice.delete("b") is False
