"""Whatever ids an attacker chooses, nothing of another user is read, listed, changed or deleted."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from openai_agents_session import SyncRedisSessionManager

from .support.users import keys, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.server import Server

SECRET: Any = {"role": "user", "content": "a secret of alice"}
PLAIN: Any = {"role": "user", "content": "a secret of nobody"}
EVIL: Any = {"role": "user", "content": "evil"}

TOKEN = "0123456789abcdef" * 2
PARTS = [
    *("{", "}", ":", "~", "*", "?", "[", "]", "\\", "\n", "\0", " ", "-", "{}", "}{", ":~:", ":~"),
    *("alice", "bob", "mallory", "session", "holiday", "plain", "\u00e9", "\ud800", "\U0001f600"),
    *(
        "{alice}",
        "session{alice}",
        "session{alice}:holiday",
        "{session:plain}",
        "{session:plain}:~",
    ),
    *("~index", "~r:", "lock", "pops", "info", "t", "k", "r:", f"r:{TOKEN}", f"~r:{TOKEN}"),
    *(":~:info", ":~:lock", ":~:pops", "session", "[a]lice", "alic?", "a*"),
]
KNOWN = [
    *("alice", "alice}", "{alice", "{alice}", "alice}:holiday", "{alice}:holiday", "alice:holiday"),
    *("session{alice}:holiday", "}~index", "~index", "{alice}~index", "holiday:~:info", "*", ""),
    *("holiday", "plain", "../alice", "alice\0", "ALICE", "alice ", "alice}:holiday:~:info"),
]


def draw_id(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return chance.choice(KNOWN)
    return "".join(chance.choices(PARTS, k=chance.randint(1, 5)))


def attacks(
    manager: SyncRedisSessionManager, user: str, own: str, chance: random.Random
) -> list[Any]:
    """All that an attacker can do with ids of his choice."""

    def of_user(act: Callable[[Any], object]) -> Callable[[], object]:
        return lambda: act(manager.user(user))

    def turn(session: Any) -> None:
        with session.turn(blocking_timeout=0) as turn:
            turn.pop_item()
            turn.add_items([EVIL])

    def undisturbed(session: Any) -> list[Any]:
        return [session.get_items(), session.rewind(9), session.pop_item(), session.expires_in()]

    sessions: list[Callable[[], Any]] = [
        lambda: manager.session(own),
        lambda: manager.user(user).session(own),
    ]
    session = chance.choice(sessions)
    return [
        lambda: undisturbed(session()),
        lambda: session().add_items([EVIL]),
        lambda: session().replace_items([EVIL]),
        lambda: session().clear_session(),
        lambda: session().fork(draw_id(chance)),
        lambda: session().lock().acquire(blocking=False),
        lambda: turn(session()),
        lambda: manager.store_message(own, "user", "evil"),
        lambda: manager.get_history(own),
        lambda: manager.stats(own),
        lambda: manager.clear_session(own),
        of_user(lambda evil: [evil.page(1000), evil.count(), list(evil.sessions())]),
        of_user(lambda evil: evil.update(own, title="evil", metadata={"evil": 1})),
        of_user(lambda evil: evil.delete(own)),
        of_user(lambda evil: evil.adopt(own)),
        of_user(lambda evil: evil.erase()),
        of_user(lambda evil: evil.page(5, draw_id(chance))),
        lambda: list(manager.session_ids(own)),
    ]


def fill(manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    for name in ("holiday", "info", "x:~"):
        session = alice.session(name)
        session.add_items([SECRET, SECRET, SECRET], idempotency_key="secret")
        alice.update(name, title="a secret of alice")
        with session.turn("secret") as turn:
            turn.add_items([SECRET])
        session.pop_item()


def of_alice(server: Server) -> dict[bytes, Any]:
    """All keys of alice, with what they hold."""
    return {
        name: server.command("DUMP", name)
        for name in keys(server)
        if name.startswith(b"session{alice}")
    }


@pytest.mark.parametrize("seed", range(4))
def test_attackers_reach_nothing(server: Server, seed: int) -> None:
    chance = random.Random(seed)
    with Redis(host=server.host, port=server.port) as client:
        manager = SyncRedisSessionManager(client, ttl=None)
        fill(manager)
        before = of_alice(server)
        reached = refused = 0
        for number in range(1000):
            user = draw_id(chance)
            if user == "alice":  # he has logged in as somebody else
                continue
            attack = chance.choice(attacks(manager, user, draw_id(chance), chance))
            try:
                result = attack()
            except ValueError:
                refused += 1
            else:
                reached += 1
                assert "secret of alice" not in repr(result)
            if number % 20 == 0:
                assert of_alice(server) == before, (user, number)
        assert of_alice(server) == before
        assert reached > 300
        assert refused > 100
        found = manager.user("alice").page().sessions
        assert {each.title for each in found} == {"a secret of alice"}


def acts(user: Any, session: Any, own: str) -> list[Callable[[], Any]]:
    """What a user can do without an adoption."""
    return [
        user.erase,
        lambda: user.delete(own),
        lambda: user.update(own, title="evil"),
        lambda: [session.pop_item(), session.rewind(), session.add_items([EVIL])],
        session.clear_session,
    ]


@pytest.mark.parametrize("seed", range(2))
def test_users_do_not_reach_plain_sessions(server: Server, seed: int) -> None:
    """Except by adopting them, which is for the application to allow."""
    chance = random.Random(seed)
    with Redis(host=server.host, port=server.port) as client:
        manager = SyncRedisSessionManager(client, ttl=None)
        for name in ("plain", "{alice}:holiday", "x"):
            manager.session(name).add_items([PLAIN, PLAIN])
        before = {name: server.command("DUMP", name) for name in keys(server)}
        for _ in range(1000):
            user, own = draw_id(chance), draw_id(chance)
            with suppress(ValueError):
                evil = manager.user(user)
                act = chance.choice(acts(evil, evil.session(own), own))
                assert "secret of nobody" not in repr(act())
        assert {name: server.command("DUMP", name) for name in before} == before
        assert texts(server).count("secret of nobody") == 6


def test_a_plain_session_is_not_a_users(server: Server) -> None:
    with Redis(host=server.host, port=server.port) as client:
        manager = SyncRedisSessionManager(client, ttl=None)
        for name in ("{alice}:holiday", "a:{alice}:holiday", "{alice}"):
            manager.session(name).add_items([EVIL])
        alice = manager.user("alice")
        assert alice.count() == 0
        assert alice.session("holiday").get_items() == []
        assert alice.adopt("holiday") is False
        alice.erase()
        assert len(list(manager.session_ids())) == 3
