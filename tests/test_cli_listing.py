"""The commands that list and measure conversations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import redis.client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.exceptions import SlotNotCoveredError

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSessionManager

from .support.command_line import call, succeed
from .support.internals import pattern_of_glob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.proxy import FaultProxy
    from .support.server import Server

MESSAGE: Any = {"role": "user", "content": "Hello"}


@pytest.fixture
def manager(server: Server) -> Iterator[SyncRedisSessionManager]:
    with SyncRedisSessionManager(
        url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=None
    ) as manager:
        yield manager


@pytest.fixture
def mortal(server: Server) -> Iterator[SyncRedisSessionManager]:
    with SyncRedisSessionManager(url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=100) as mortal:
        yield mortal


def add(manager: Any, session_id: str, count: int = 1) -> None:
    manager.session(session_id).add_items([MESSAGE] * count)


def test_what_is_said_of_each_conversation(
    server: Server, manager: SyncRedisSessionManager, mortal: SyncRedisSessionManager
) -> None:
    add(manager, "ada", 3)
    add(mortal, "bob")
    ada, bob = sorted(succeed(server, "list", "--json").objects, key=lambda row: row["session_id"])
    assert ada.keys() == {"session_id", "count", "bytes", "expires_in"}
    assert (ada["session_id"], ada["count"], ada["expires_in"]) == ("ada", 3, None)
    assert ada["bytes"] == manager.stats("ada").bytes > 0
    assert (bob["session_id"], bob["count"]) == ("bob", 1)
    assert 90 < bob["expires_in"] <= 100


def test_the_list_in_a_pipe(server: Server, manager: SyncRedisSessionManager) -> None:
    long = "x" * 300
    add(manager, long)
    header, row = succeed(server, "list").lines
    assert header.split("\t") == ["session_id", "count", "bytes", "expires_in"]
    assert row.split("\t") == [long, "1", str(manager.stats(long).bytes), "-"]


def test_a_conversation_that_expires_while_it_is_listed(
    server: Server, manager: SyncRedisSessionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(manager, "ada")
    found = ["expired", "ada"]
    monkeypatch.setattr(SyncRedisSessionManager, "session_ids", lambda *_: iter(found))
    [row] = succeed(server, "list", "--json").objects
    assert row["session_id"] == "ada"


@pytest.mark.parametrize("user", [[], ["--user", "alice"]])
def test_many_conversations_take_few_round_trips(
    proxy: FaultProxy, manager: SyncRedisSessionManager, user: list[str]
) -> None:
    for number in range(250):
        add(manager.user("alice") if user else manager, str(number))
    before = proxy.stats.requests
    rows = call(None, "--url", proxy.url, *user, "list", "--json").objects
    assert 3 < proxy.stats.requests - before < 20
    assert sorted(int(row["session_id"]) for row in rows) == list(range(250))
    [totals] = call(None, "--url", proxy.url, *user, "stats", "--json").objects
    assert totals["bytes"] == sum(row["bytes"] for row in rows)


def test_a_lost_reply(server: Server, proxy: FaultProxy, manager: SyncRedisSessionManager) -> None:
    for session_id in ("ada", "bob"):
        add(manager, session_id)
    fault = proxy.arm("cut_after", b"LLEN")
    rows = call(None, "--url", proxy.url, "list", "--json").objects
    assert fault.fired == 1
    assert rows == succeed(server, "list", "--json").objects


def test_a_slot_that_is_not_covered_for_a_moment(
    server: Server, manager: SyncRedisSessionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_once(*_: object, **__: object) -> None:
        monkeypatch.undo()
        raise SlotNotCoveredError

    add(manager, "ada")
    rows = succeed(server, "list", "--json").objects
    monkeypatch.setattr(redis.client.Pipeline, "execute", fail_once)
    assert succeed(server, "list", "--json").objects == rows


def test_a_user_who_may_not_ask_for_the_memory(own_server: Server) -> None:
    with SyncRedisSessionManager(url=own_server.url, key_prefix=DEFAULT_KEY_PREFIX) as manager:
        add(manager, "ada", 3)
    own_server.command("ACL", "SETUSER", "eve", "on", "nopass", "~*", "+@all", "-memory")
    url = own_server.url.replace("redis://", "redis://eve:any@")
    done = call(None, "--url", url, "list", "--json")
    [row] = done.objects
    assert (done.status, done.stderr, row["count"]) == (0, "", 3)
    assert row["bytes"] == 3 * len(json.dumps(MESSAGE, separators=(",", ":")))


def test_an_empty_list(server: Server) -> None:
    assert succeed(server, "list", "--json").stdout == ""
    assert len(succeed(server, "list").lines) == 1


def test_the_list_of_those_that_a_glob_matches(
    server: Server, manager: SyncRedisSessionManager
) -> None:
    for session_id in ("user-1", "user-2", "other"):
        add(manager, session_id)
        add(manager.user("alice"), session_id)
    for user in ([], ["--user", "alice"]):
        rows = succeed(server, *user, "list", "user-[12]", "--json").objects
        assert {row["session_id"] for row in rows} == {"user-1", "user-2"}
        assert succeed(server, *user, "list", "nobody", "--json").objects == []


def test_the_conversations_of_a_user(server: Server, manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    add(manager, "not hers")
    for session_id in ("rome", "oslo"):
        alice.session(session_id).add_items([MESSAGE])
    alice.update("rome", title="Two weeks", metadata={"model": "x"})
    oslo, rome = succeed(server, "--user", "alice", "list", "--json").objects
    [_, known] = alice.page().sessions
    assert rome == {
        "session_id": "rome",
        "count": 1,
        "bytes": alice.stats("rome").bytes,
        "expires_in": None,
        "title": "Two weeks",
        "metadata": {"model": "x"},
        "created_at": known.created_at.isoformat(),
        "updated_at": known.updated_at.isoformat(),
    }
    assert (oslo["session_id"], oslo["title"], oslo["metadata"]) == ("oslo", None, {})
    row = succeed(server, "--user", "alice", "list", "rome").lines[1].split("\t")
    assert (row[4], json.loads(row[7])) == ("Two weeks", {"model": "x"})


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["stats"], ["export", "--all"]])
def test_a_user_without_conversations(server: Server, command: list[str]) -> None:
    with SyncRedisSessionManager(url=server.url) as manager:
        add(manager.user("alice"), "ada")
    done = call(server, "--user", "alice", *command)
    assert done.status == 0
    [hint] = done.stderr.splitlines()
    assert f"no conversations of user 'alice' under the prefix '{DEFAULT_KEY_PREFIX}'" in hint
    assert hint.endswith("pass --prefix session")
    succeed(server, "--user", "alice", "--prefix", "session", *command)
    done = call(server, "--user", "bob", "--prefix", "session", *command)
    assert "pass --prefix" not in done.stderr
    assert "user 'bob' under the prefix 'session'" in done.stderr


def test_another_prefix(server: Server) -> None:
    with SyncRedisSessionManager(url=server.url) as manager:
        add(manager, "ada")
    assert succeed(server, "list", "--json").objects == []
    [row] = succeed(server, "--prefix", "session", "list", "--json").objects
    assert row["session_id"] == "ada"


def test_the_size_of_one_conversation(server: Server, manager: SyncRedisSessionManager) -> None:
    add(manager, "ada", 2)
    manager.user("alice").session("ada").add_items([MESSAGE])
    [row] = succeed(server, "stats", "ada", "--json").objects
    size = manager.stats("ada").bytes
    assert row == {"session_id": "ada", "count": 2, "bytes": size, "expires_in": None}
    [row] = succeed(server, "stats", "ada", "--user", "alice", "--json").objects
    assert row["count"] == 1
    assert succeed(server, "stats", "ada").lines[1].split("\t") == ["ada", "2", str(size), "-"]


def test_the_totals(
    server: Server, manager: SyncRedisSessionManager, mortal: SyncRedisSessionManager
) -> None:
    add(manager, "ada", 2)
    add(mortal, "bob")
    size = manager.stats("ada").bytes + manager.stats("bob").bytes
    [row] = succeed(server, "stats", "--json").objects
    assert row == {"sessions": 2, "count": 3, "bytes": size, "without_expiry": 1}
    [row] = call(server, "stats", "--json", "--user", "alice").objects
    assert row == {"sessions": 0, "count": 0, "bytes": 0, "without_expiry": 0}


def test_the_size_of_a_conversation_that_does_not_exist(server: Server) -> None:
    done = call(server, "stats", "ada")
    assert (done.status, done.stdout) == (1, "")
    assert "no conversation 'ada'" in done.stderr
    assert DEFAULT_KEY_PREFIX in done.stderr
    assert "alice" in call(server, "stats", "ada", "--user", "alice").stderr


@pytest.mark.parametrize("user", [(), ("--user", "alice")], ids=["of no user", "of a user"])
def test_no_lifetime_is_touched(
    server: Server,
    manager: SyncRedisSessionManager,
    mortal: SyncRedisSessionManager,
    user: tuple[str, ...],
) -> None:
    for owner, session_id in ((manager, "forever"), (mortal, "a while")):
        for one in (owner, owner.user("alice")):
            one.session(session_id).add_items([MESSAGE])
    keys: Any = server.command("KEYS", "*")
    before: dict[Any, Any] = {key: server.command("PTTL", key) for key in keys}
    assert {value == -1 for value in before.values()} == {True, False}
    for command in (["list"], ["stats"], *(["stats", i] for i in ("forever", "a while"))):
        succeed(server, *user, *command)
    for session_id in ("forever", "a while"):
        for options in ([], ["--json"], ["--last", "1"]):
            succeed(server, *user, "show", session_id, *options)
    for key, milliseconds in before.items():
        now: Any = server.command("PTTL", key)
        assert now == -1 if milliseconds == -1 else 0 < now < milliseconds


SETS = st.text("ab-^\\]", max_size=4).map("[{}]".format)
GLOBS = st.lists(SETS | st.text("ab-^\\[]*?", max_size=6), min_size=1, max_size=3).map("".join)
IDS = st.text("ab-^\\[]*?", min_size=1, max_size=4)


@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(session_id=IDS, glob=GLOBS)
def test_globs_are_those_of_redis(server: Server, session_id: str, glob: str) -> None:
    server.command("SET", session_id, "x")
    try:
        found = server.command("KEYS", glob)
    finally:
        server.command("DEL", session_id)
    assert bool(pattern_of_glob(glob).match(session_id)) == (found == [session_id.encode()])
