# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The index of a user's conversations follows each operation that changes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSessionManager, UserSessions

from .._aio import Redis, RedisCluster
from ..support.internals import new_pop, stored_list
from ..support.polling import until
from ..support.users import INDEX, A, B, key, lists

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from ..support.cluster import Cluster
    from ..support.server import Server

Change = Any


@pytest.fixture(params=["server", "decoded", "cluster", "fake"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
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
    await client.aclose()


def user_of(client: Any, name: str = "alice", **options: Any) -> UserSessions:
    """Return the conversations of a user."""
    where = {"url": "memory://index"} if client is None else {"redis_client": client}
    return RedisSessionManager(**where, **{"ttl": None, **options}).user(name)


async def counts(user: UserSessions) -> list[tuple[str, int]]:
    """Return the ids and the counts, the last changed first."""
    return [(found.session_id, found.count) for found in (await user.page()).sessions]


async def add(session: Any) -> None:
    await session.add_items([A])


async def add_with_key(session: Any) -> None:
    await session.add_items([A], idempotency_key="message-1")


async def replace(session: Any) -> None:
    await session.replace_items([A])


async def pop(session: Any) -> None:
    await session.pop_item()


async def pop_all(session: Any) -> None:
    for _ in range(4):
        await session.pop_item()


async def clear(session: Any) -> None:
    await session.clear_session()


async def replace_by_nothing(session: Any) -> None:
    await session.replace_items([])


async def rewind(session: Any) -> None:
    await session.rewind()


async def rewind_all(session: Any) -> None:
    await session.rewind(9)


async def add_in_a_turn(session: Any) -> None:
    async with session.turn("task-1") as turn:
        await turn.add_items([A])


async def pop_in_a_turn(session: Any) -> None:
    async with session.turn() as turn:
        await turn.pop_item()


async def clear_in_a_turn(session: Any) -> None:
    async with session.turn() as turn:
        await turn.clear_session()


async def replace_in_a_turn(session: Any) -> None:
    async with session.turn() as turn:
        await turn.replace_items([A])


async def replace_the_tail(session: Any) -> None:
    stored = stored_list(session)
    elements = await stored.read(0)
    assert await stored.replace_tail([], elements[-2:], elements[:1]) is True


async def replace_the_tail_by_nothing(session: Any) -> None:
    stored = stored_list(session)
    assert await stored.replace_tail([], await stored.read(0), []) is True


async def undo_a_pop(session: Any) -> None:
    pop = new_pop(session)
    await pop.take()
    await pop.put_back()


async def undo_the_pops(session: Any) -> None:
    pops = [new_pop(session) for _ in range(4)]
    for each in pops:
        await each.take()
    for each in reversed(pops):
        await each.put_back()


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
async def test_a_change(client: Any, change: Change, count: int, ttl: int | None) -> None:
    alice = user_of(client, ttl=ttl)
    await alice.erase()
    session = alice.session("changed")
    await session.add_items([A, B, A, B])
    await alice.session("other").add_items([A])
    await alice.update("changed", title="Rome")
    await change(session)
    assert await session.count() == count
    if count:
        assert await counts(alice) == [("changed", count), ("other", 1)]
        assert (await alice.page()).sessions[0].title == "Rome"
    else:
        assert await counts(alice) == [("other", 1)]
    await session.add_items([B])
    assert await counts(alice) == [("changed", count + 1), ("other", 1)]
    assert (await alice.page()).sessions[0].title == "Rome"
    assert (await alice.page()).sessions[0].expires_in in (ttl, (ttl or 1) - 1)


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
async def test_what_changes_nothing_moves_nothing(
    client: Any, read: Callable[[Any], Any], ttl: int | None
) -> None:
    alice = user_of(client, ttl=ttl)
    await alice.erase()
    session = alice.session("read")
    await session.add_items([A, B], idempotency_key="known")
    await alice.session("other").add_items([A])
    before = await alice.page()
    await read(session)
    async with session.turn() as turn:
        await turn.get_items()
    assert [each.updated_at for each in (await alice.page()).sessions] == [
        each.updated_at for each in before.sessions
    ]


async def test_a_fork_is_listed(client: Any) -> None:
    alice = user_of(client)
    await alice.erase()
    session = alice.session("holiday")
    await session.add_items([A, B, A, B])
    await alice.update("holiday", title="Rome")
    copy = await session.fork("copy", rewind=1)
    assert copy.key == key("copy")
    assert await counts(alice) == [("copy", 2), ("holiday", 4)]
    assert (await alice.page()).sessions[0].title is None
    await copy.add_items([A])
    assert await counts(alice) == [("copy", 3), ("holiday", 4)]
    await session.fork("nothing", rewind=9)
    with pytest.raises(ValueError, match="exists"):
        await session.fork("copy")
    assert await counts(alice) == [("copy", 3), ("holiday", 4)]


@pytest.mark.parametrize("add_more", [add, add_with_key, add_in_a_turn])
async def test_max_items(client: Any, add_more: Change) -> None:
    alice = user_of(client, max_items=2)
    await alice.erase()
    session = alice.session("holiday")
    await session.add_items([A, B])
    await alice.session("other").add_items([A])
    await session.add_items([A, B])
    assert await counts(alice) == [("holiday", 2), ("other", 1)]
    await alice.session("other").add_items([B])
    await add_more(session)
    assert await counts(alice) == [("holiday", 1), ("other", 2)]


async def test_a_pop_that_never_came(client: Any) -> None:
    alice = user_of(client)
    await alice.erase()
    await alice.session("holiday").add_items([A])
    await alice.session("other").add_items([A])
    pop = new_pop(alice.session("holiday"))
    await pop.put_back()
    assert await pop.take() is None
    assert await counts(alice) == [("other", 1), ("holiday", 1)]


async def test_a_pop_is_not_undone_after_a_delete(client: Any) -> None:
    alice = user_of(client)
    await alice.erase()
    await alice.session("holiday").add_items([A])
    pop = new_pop(alice.session("holiday"))
    await pop.take()
    await alice.delete("holiday")
    await pop.put_back()
    assert await counts(alice) == []
    await alice.session("holiday").add_items([B])
    assert await alice.session("holiday").get_items() == [B]


async def test_what_expired_is_gone_at_once(server: Server, real_client: Redis) -> None:
    alice = user_of(real_client, ttl=500)
    for name in "abc":
        await alice.session(name).add_items([A])
    server.command("PEXPIRE", key("b"), 1)
    server.command("DEL", key("c"))
    until(lambda: len(lists(server)) == 1, 5, "the end of a conversation")
    assert await counts(alice) == [("a", 1)]
    assert await alice.count() == 1
    assert server.command("ZRANGE", INDEX, 0, -1) == [b"a"]
    assert await alice.update("b", title="gone") is False
    assert await alice.delete("b") is False
