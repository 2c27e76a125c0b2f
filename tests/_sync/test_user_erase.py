# Generated from tests/_async/test_user_erase.py by tools/generate.py; edit that file instead.
"""Erasing a user leaves nothing of the user, and everything of the others."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSessionManager, TurnConflictError, SyncUserSessions

from .._blocking import Redis, RedisCluster, together
from ..support.internals import new_pop, script, stored_list
from ..support.users import INDEX, A, B, key, keys, lists, receipts, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Callable

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

    def user(self, name: str = "alice", **options: Any) -> SyncUserSessions:
        return SyncRedisSessionManager(self.client, **{"ttl": None, **options}).user(name)


@pytest.fixture(params=["server", "decoded", "cluster"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
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
    client.close()


def fill(user: SyncUserSessions) -> None:
    """Leave all that can be left of a user's conversations."""
    session = user.session("secret")
    session.add_items([SECRET, B, SECRET], idempotency_key="message-1")
    user.update("secret", title="a secret", metadata={"a secret": 1})
    with session.turn("task-1") as turn:
        turn.add_items([SECRET])
    session.pop_item()
    session.rewind()
    user.session("popped").add_items([SECRET])
    user.session("popped").pop_item()
    session.fork("copy")
    assert session.lock().acquire()
    for number in range(3):
        user.session(f"more-{number}").add_items([SECRET])


def test_nothing_is_left_but_receipts_without_text(place: Place) -> None:
    alice = place.user()
    fill(alice)
    assert "secret" in texts(place.server())
    alice.erase()
    left = keys(place.server())
    assert left == receipts(left)
    assert "a secret" not in texts(place.server())
    assert all(0 < int(str(place.server().command("TTL", name))) <= 120 for name in left)
    assert (alice.page()).sessions == []
    assert alice.count() == 0
    alice.erase()
    alice.session("new").add_items([A])
    assert [found.session_id for found in (alice.page()).sessions] == ["new"]


def test_what_the_index_lost_sight_of(place: Place) -> None:
    alice = place.user()
    fill(alice)
    place.server().command("DEL", INDEX)
    alice.erase()
    left = keys(place.server())
    assert left == receipts(left)
    assert "a secret" not in texts(place.server())


def test_many_conversations_in_steps(place: Place) -> None:
    alice = place.user()

    def add(number: int) -> Callable[[], Any]:
        return lambda: alice.session(f"s{number}").add_items([A])

    for start in range(0, 350, 10):
        together(*map(add, range(start, start + 10)))
    place.server().command("ZREMRANGEBYRANK", INDEX, 0, 120)
    with place.server().monitor() as monitor:
        alice.erase()
    assert lists(place.server()) == {}
    erasing = [command for command in monitor.commands if command[0] in (b"EVALSHA", b"EVAL")]
    assert 5 <= len(erasing) <= 20
    assert max(map(len, erasing)) < 150


@pytest.mark.parametrize("user_id", ODD)
def test_a_user_id_is_not_a_pattern(server: Server, real_client: Redis, user_id: str) -> None:
    manager = SyncRedisSessionManager(real_client, ttl=None)
    for other in {*ODD, "alice"}:
        manager.user(other).session("holiday").add_items([A])
    manager.session("plain").add_items([A])
    manager.user(user_id).erase()
    for other in {*ODD, "alice"} - {user_id}:
        assert lists(server, other) == {"holiday": 1}
        assert manager.user(other).count() == 1
    assert lists(server, user_id) == {}
    assert manager.session("plain").count() == 1


@pytest.mark.parametrize("removal", ["erase", "delete"])
@pytest.mark.parametrize("before", [[], [A, B]])
def test_a_turn_that_runs_brings_nothing_back(
    place: Place, removal: str, before: list[Any]
) -> None:
    alice = place.user()
    session = alice.session("holiday")
    session.add_items(before)

    def remove_in_a_turn() -> None:
        with session.turn() as turn:
            turn.add_items([SECRET])
            (alice.erase() if removal == "erase" else alice.delete("holiday"))

    with pytest.raises(TurnConflictError):
        remove_in_a_turn()
    assert session.get_items() == []
    assert alice.count() == 0
    assert "a secret" not in texts(place.server())


def test_late_copies_after_an_erasure(place: Place) -> None:
    alice = place.user()
    session = alice.session("holiday")
    stored = stored_list(session)
    session.add_items([SECRET, SECRET])
    pop = new_pop(session)
    pop.take()
    rewound = stored.new_receipt()
    stored.mutate(script("rewind.REWIND"), rewound, 1)
    deleted = stored.new_receipt()
    stored.mutate(script("users.DELETE"), deleted)
    alice.erase()
    session.add_items([A, A])
    assert pop.take() is None
    pop.put_back()
    stored.mutate(script("rewind.REWIND"), rewound, 1)
    stored.mutate(script("users.DELETE"), deleted)
    assert session.get_items() == [A, A]
    assert "a secret" not in texts(place.server())


@pytest.mark.parametrize("call", ["delete", "update", "erase"])
@pytest.mark.parametrize("skipped", [0, 1])
def test_lost_replies(server: Server, proxy: FaultProxy, call: str, skipped: int) -> None:
    with SyncRedisSessionManager(url=proxy.url, ttl=None) as manager:
        alice = manager.user("alice")
        alice.session("holiday").add_items([A])
        alice.session("other").add_items([A])
        fault = proxy.arm("cut_after", b"EVAL", skip=skipped if call == "erase" else 0)
        if call == "delete":
            assert alice.delete("holiday") is True
            assert lists(server) == {"other": 1}
        elif call == "update":
            assert alice.update("holiday", title="Rome") is True
            assert (alice.page()).sessions[1].title == "Rome"
        else:
            alice.erase()
            assert lists(server) == {}
        assert fault.fired == 1


def test_adds_while_it_runs_are_there_and_listed_or_gone(place: Place) -> None:
    alice = place.user()
    others = place.user("bob")
    others.session("holiday").add_items([A])
    for number in range(120):
        alice.session(f"old-{number}").add_items([SECRET])
    running = [True]

    def add(writer: int) -> None:
        number = 0
        while running[0]:
            number += 1
            session = alice.session(f"new-{writer}-{number % 7}")
            session.add_items([A, A])
            with suppress(TurnConflictError):
                with session.turn() as turn:
                    turn.add_items([A])
            session.pop_item()

    def erase() -> None:
        for _ in range(5):
            alice.erase()
        running[0] = False

    together(lambda: add(1), lambda: add(2), erase)
    held = lists(place.server())
    listed = {found.session_id: found.count for found in alice.sessions()}
    assert listed == held
    assert not any(name.startswith("old") for name in held)
    assert others.count() == 1
    alice.erase()
    assert lists(place.server()) == {}
