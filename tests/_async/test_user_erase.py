# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Erasing a user leaves nothing of the user, and everything of the others."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSessionManager, TurnConflictError, UserSessions

from .._aio import Redis, RedisCluster, together
from ..support.internals import new_pop, script, stored_list
from ..support.users import INDEX, A, B, key, keys, lists, receipts, texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

SECRET: Any = {"role": "user", "content": "a secret"}
ODD = ["*", "?", "[a]", "a", "\\", "a*", "al", "alice ", "ALICE", "\u00e9", "a:b", "\n", "~index"]


class Place:
    """A client, and the server that holds the keys of a user."""

    def __init__(self, client: Any, node: Callable[[str], Server]) -> None:
        self.client = client
        self._node = node

    def server(self, user: str = "alice") -> Server:
        return self._node(key("x", user))

    def user(self, name: str = "alice", **options: Any) -> UserSessions:
        return RedisSessionManager(self.client, **{"ttl": None, **options}).user(name)


@pytest.fixture(params=["server", "decoded", "cluster"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """A server of every topology."""
    if request.param == "cluster":
        cluster: Cluster = request.getfixturevalue("cluster")
        host, port = cluster.startup[0]
        client: Any = RedisCluster(host=host, port=port)
        place = Place(client, cluster.node_for)
    else:
        server: Server = request.getfixturevalue("server")
        decoded = request.param == "decoded"
        client = Redis(host=server.host, port=server.port, decode_responses=decoded)
        place = Place(client, lambda _: server)
    yield place
    await client.aclose()


async def fill(user: UserSessions) -> None:
    """Leave all that can be left of a user's conversations."""
    session = user.session("secret")
    await session.add_items([SECRET, B, SECRET], idempotency_key="message-1")
    await user.update("secret", title="a secret", metadata={"a secret": 1})
    async with session.turn("task-1") as turn:
        await turn.add_items([SECRET])
    await session.pop_item()
    await session.rewind()
    await user.session("popped").add_items([SECRET])
    await user.session("popped").pop_item()
    await session.fork("copy")
    assert await session.lock().acquire()
    for number in range(3):
        await user.session(f"more-{number}").add_items([SECRET])


async def test_nothing_is_left_but_receipts_without_text(place: Place) -> None:
    alice = place.user()
    await fill(alice)
    assert "secret" in texts(place.server())
    await alice.erase()
    left = keys(place.server())
    assert left == receipts(left)
    assert "a secret" not in texts(place.server())
    assert all(0 < int(str(place.server().command("TTL", name))) <= 120 for name in left)
    assert (await alice.page()).sessions == []
    assert await alice.count() == 0
    await alice.erase()
    await alice.session("new").add_items([A])
    assert [found.session_id for found in (await alice.page()).sessions] == ["new"]


async def test_what_the_index_lost_sight_of(place: Place) -> None:
    alice = place.user()
    await fill(alice)
    place.server().command("DEL", INDEX)
    await alice.erase()
    left = keys(place.server())
    assert left == receipts(left)
    assert "a secret" not in texts(place.server())


async def test_many_conversations_in_steps(place: Place) -> None:
    alice = place.user()

    def add(number: int) -> Callable[[], Any]:
        return lambda: alice.session(f"s{number}").add_items([A])

    for start in range(0, 350, 10):
        await together(*map(add, range(start, start + 10)))
    place.server().command("ZREMRANGEBYRANK", INDEX, 0, 120)
    with place.server().monitor() as monitor:
        await alice.erase()
    assert lists(place.server()) == {}
    erasing = [command for command in monitor.commands if command[0] in (b"EVALSHA", b"EVAL")]
    assert 5 <= len(erasing) <= 20
    assert max(map(len, erasing)) < 150


@pytest.mark.parametrize("user_id", ODD)
async def test_a_user_id_is_not_a_pattern(server: Server, real_client: Redis, user_id: str) -> None:
    manager = RedisSessionManager(real_client, ttl=None)
    for other in {*ODD, "alice"}:
        await manager.user(other).session("holiday").add_items([A])
    await manager.session("plain").add_items([A])
    await manager.user(user_id).erase()
    for other in {*ODD, "alice"} - {user_id}:
        assert lists(server, other) == {"holiday": 1}
        assert await manager.user(other).count() == 1
    assert lists(server, user_id) == {}
    assert await manager.session("plain").count() == 1


@pytest.mark.parametrize("removal", ["erase", "delete"])
@pytest.mark.parametrize("before", [[], [A, B]])
async def test_a_turn_that_runs_brings_nothing_back(
    place: Place, removal: str, before: list[Any]
) -> None:
    alice = place.user()
    session = alice.session("holiday")
    await session.add_items(before)

    async def remove_in_a_turn() -> None:
        async with session.turn() as turn:
            await turn.add_items([SECRET])
            await (alice.erase() if removal == "erase" else alice.delete("holiday"))

    with pytest.raises(TurnConflictError):
        await remove_in_a_turn()
    assert await session.get_items() == []
    assert await alice.count() == 0
    assert "a secret" not in texts(place.server())


async def test_late_copies_after_an_erasure(place: Place) -> None:
    alice = place.user()
    session = alice.session("holiday")
    stored = stored_list(session)
    await session.add_items([SECRET, SECRET])
    pop = new_pop(session)
    await pop.take()
    rewound = stored.new_receipt()
    await stored.mutate(script("rewind.REWIND"), rewound, 1)
    deleted = stored.new_receipt()
    await stored.mutate(script("users.DELETE"), deleted)
    await alice.erase()
    await session.add_items([A, A])
    assert await pop.take() is None
    await pop.put_back()
    await stored.mutate(script("rewind.REWIND"), rewound, 1)
    await stored.mutate(script("users.DELETE"), deleted)
    assert await session.get_items() == [A, A]
    assert "a secret" not in texts(place.server())


@pytest.mark.parametrize("call", ["delete", "update", "erase"])
@pytest.mark.parametrize("skipped", [0, 1])
async def test_lost_replies(server: Server, proxy: FaultProxy, call: str, skipped: int) -> None:
    async with RedisSessionManager(url=proxy.url, ttl=None) as manager:
        alice = manager.user("alice")
        await alice.session("holiday").add_items([A])
        await alice.session("other").add_items([A])
        fault = proxy.arm("cut_after", b"EVAL", skip=skipped if call == "erase" else 0)
        if call == "delete":
            assert await alice.delete("holiday") is True
            assert lists(server) == {"other": 1}
        elif call == "update":
            assert await alice.update("holiday", title="Rome") is True
            assert (await alice.page()).sessions[1].title == "Rome"
        else:
            await alice.erase()
            assert lists(server) == {}
        assert fault.fired == 1


async def test_adds_while_it_runs_are_there_and_listed_or_gone(place: Place) -> None:
    alice = place.user()
    others = place.user("bob")
    await others.session("holiday").add_items([A])
    for number in range(120):
        await alice.session(f"old-{number}").add_items([SECRET])
    running = [True]

    async def add(writer: int) -> None:
        number = 0
        while running[0]:
            number += 1
            session = alice.session(f"new-{writer}-{number % 7}")
            await session.add_items([A, A])
            with suppress(TurnConflictError):
                async with session.turn() as turn:
                    await turn.add_items([A])
            await session.pop_item()

    async def erase() -> None:
        for _ in range(5):
            await alice.erase()
        running[0] = False

    await together(lambda: add(1), lambda: add(2), erase)
    held = lists(place.server())
    listed = {found.session_id: found.count async for found in alice.sessions()}
    assert listed == held
    assert not any(name.startswith("old") for name in held)
    assert await others.count() == 1
    await alice.erase()
    assert lists(place.server()) == {}
