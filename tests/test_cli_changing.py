"""The commands that change conversations or remove them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSessionManager

from .support.command_line import call, succeed
from .support.transfers import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.proxy import FaultProxy
    from .support.server import Server


def turn(text: str) -> list[Any]:
    return [{"role": "user", "content": text}, {"role": "assistant", "content": text.upper()}]


@pytest.fixture
def manager(server: Server) -> Iterator[SyncRedisSessionManager]:
    with SyncRedisSessionManager(
        url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=None
    ) as manager:
        yield manager


@pytest.fixture(params=[None, "alice"], ids=["of no user", "of a user"])
def user(request: pytest.FixtureRequest) -> str | None:
    return str(request.param) if request.param else None


@pytest.fixture
def options(user: str | None) -> list[str]:
    return ["--user", user] if user else []


@pytest.fixture
def owner(manager: SyncRedisSessionManager, user: str | None) -> Any:
    """Whose conversations a test is about."""
    return manager.user(user) if user else manager


def test_rewinding(server: Server, owner: Any, options: list[str]) -> None:
    session = owner.session("ada")
    session.add_items([*turn("one"), *turn("two"), *turn("three"), *turn("four")])
    succeed(server, *options, "rewind", "ada", "--yes")
    assert session.get_items() == [*turn("one"), *turn("two"), *turn("three")]
    done = succeed(server, *options, "rewind", "ada", "--turns", "2", "--yes", "--json")
    assert done.objects == [*turn("two"), *turn("three")]
    assert session.get_items() == turn("one")


def test_what_was_taken_out_is_printed_as_it_was_stored(
    server: Server, owner: Any, options: list[str]
) -> None:
    session = owner.session("ada")
    greeting = b'{"role":"assistant","content":"one"}'
    question = b'{"role":"user","content":"two","metadata":{"channel":"web"}}'
    answer = b'{"role":"assistant",  "content":"2", "n": 1e400, "x": 0.10}'
    session.append_raw_elements([greeting, question, answer], at=0)
    done = succeed(server, *options, "rewind", "ada", "--yes", "--json")
    assert [line.encode() for line in done.lines] == [question, answer]
    assert session.count() == 1
    session.append_raw_elements([question, b"junk", b'{"a": NaN}', answer], at=1)
    done = call(server, *options, "rewind", "ada", "--yes", "--json")
    assert done.status == 0
    assert [line.encode() for line in done.lines] == [question, answer]
    assert "left out 2 elements of 'ada'" in done.stderr
    assert session.raw_elements() == [greeting]


def test_what_is_added_during_a_rewind(
    server: Server, proxy: FaultProxy, manager: SyncRedisSessionManager
) -> None:
    manager.store_message("ada", "user", "one", {"n": 1})
    fault = proxy.arm("delay", b"LRANGE")
    with ThreadPoolExecutor(1) as thread:
        rewind = thread.submit(run, proxy, "rewind", "ada", "--yes", "--json")
        fault.wait()  # Redis has already told what there is
        manager.store_message("ada", "assistant", "two", {"n": 2})
        fault.release()
        done = rewind.result()
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"role": "user", "content": "one", "metadata": {"n": 1}},
        {"role": "assistant", "content": "two"},
    ]
    assert b"the metadata of the last 1 item may be missing" in done.stderr


def test_nothing_is_taken_out_of_what_changes_while_it_is_read(
    server: Server, proxy: FaultProxy, manager: SyncRedisSessionManager
) -> None:
    session = manager.session("ada")
    session.add_items(turn("one") * 100)
    fault = proxy.arm("delay", b"LRANGE")
    with ThreadPoolExecutor(1) as thread:
        rewind = thread.submit(run, proxy, "rewind", "ada", "--yes", "--json")
        fault.wait()
        server.command("LTRIM", session.key, 1, -1)
        fault.release()
        done = rewind.result()
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"nothing was taken out" in done.stderr
    assert session.count() == 199


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_a_number_of_turns_that_makes_no_sense(server: Server, number: str) -> None:
    done = call(server, "rewind", "ada", "--yes", "--turns", number)
    assert (done.status, done.stdout) == (2, "")
    assert "--turns" in done.stderr


def test_forking(server: Server, owner: Any, options: list[str]) -> None:
    owner.session("ada").add_items(turn("one"))
    succeed(server, *options, "fork", "ada", "copy")
    copy = owner.session("copy")
    assert copy.get_items() == turn("one")
    assert copy.expires_in() is None
    copy.add_items(turn("two"))
    done = call(server, *options, "fork", "ada", "copy")
    assert (done.status, done.stdout) == (1, "")
    assert "'copy' exists" in done.stderr
    assert copy.count() == 4
    assert call(server, *options, "fork", "ada", "ada").status == 1


def test_a_copy_expires_when_its_original_does(server: Server, user: str | None) -> None:
    with SyncRedisSessionManager(url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=100) as mortal:
        owner: Any = mortal.user(user) if user else mortal
        owner.session("ada").add_items(turn("one"))
        succeed(server, *(["--user", user] if user else []), "fork", "ada", "copy")
        assert 90 < owner.stats("copy").expires_in <= owner.stats("ada").expires_in <= 100


def test_renaming(server: Server, manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    alice.session("ada").add_items(turn("one"))
    alice.update("ada", metadata={"kept": True})
    succeed(server, "--user", "alice", "rename", "ada", "Two weeks in :smile:")
    [info] = alice.page().sessions
    assert (info.title, info.metadata) == ("Two weeks in :smile:", {"kept": True})
    succeed(server, "--user", "alice", "rename", "ada", "")
    [info] = alice.page().sessions
    assert info.title is None
    done = call(server, "--user", "alice", "rename", "nobody", "Title")
    assert (done.status, done.stdout) == (1, "")
    assert "no conversation 'nobody'" in done.stderr


def test_adopting(server: Server, manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    for session_id in ("ada", "bob", "both"):
        manager.session(session_id).add_items(turn(session_id))
    alice.session("both").add_items(turn("hers"))
    done = call(server, "--user", "alice", "adopt", "both", "ada", "nobody", "bob")
    assert done.status == 1
    assert len(done.lines) == 2
    both, nobody = done.stderr.splitlines()
    assert "both exist" in both
    assert "'nobody'" in nobody
    for session_id in ("ada", "bob"):
        assert alice.session(session_id).get_items() == turn(session_id)
        assert manager.session(session_id).count() == 0
    assert manager.session("both").get_items() == turn("both")
    assert alice.session("both").get_items() == turn("hers")
    succeed(server, "--user", "alice", "adopt", "ada")  # again: it is hers


@pytest.mark.parametrize(
    "command", [["adopt"], ["delete", "-y"], ["rewind", "-y"], ["stats"], ["show"], ["export"]]
)
def test_a_conversation_that_may_be_under_the_prefix_of_a_manager(
    server: Server, command: list[str]
) -> None:
    call_of_alice = ["--user", "alice", *command, "ada"]
    done = call(server, *call_of_alice)
    [hint] = done.stderr.splitlines()
    assert f"with the prefix '{DEFAULT_KEY_PREFIX}'" in hint
    assert hint.endswith("a manager's default prefix is 'session': pass --prefix session")
    done = call(server, "--prefix", "session", *call_of_alice)
    assert done.stderr.endswith("with the prefix 'session'\n")


def test_deleting(server: Server, owner: Any, options: list[str]) -> None:
    for session_id in ("ada", "bob", "kept"):
        owner.session(session_id).add_items(turn(session_id))
    assert len(succeed(server, *options, "delete", "ada", "bob", "--yes").lines) == 2
    assert [owner.session(i).count() for i in ("ada", "bob", "kept")] == [0, 0, 2]
    done = call(server, *options, "delete", "ada", "kept", "--yes")
    assert done.status == 1
    assert "no conversation 'ada'" in done.stderr
    assert owner.session("kept").count() == 0


def test_erasing(server: Server, manager: SyncRedisSessionManager) -> None:
    for owner in (manager, manager.user("alice"), manager.user("bob"), manager.user("*")):
        owner.session("ada").add_items(turn("one"))
    succeed(server, "--user", "*", "erase", "--yes")
    left = [owner.session("ada").count() for owner in (manager, manager.user("alice"))]
    assert left == [2, 2]
    assert "1 conversation" in succeed(server, "--user", "alice", "erase", "--yes").stdout
    assert manager.user("alice").count() == 0
    assert manager.user("bob").count() == 1
    [said] = succeed(server, "--user", "alice", "erase", "--yes").lines  # receipts are left
    assert said == "erased what was left of user 'alice', of whom nothing was listed"


@pytest.mark.parametrize("user", ["alice", "al*"])
def test_erasing_a_user_who_has_nothing(
    server: Server, manager: SyncRedisSessionManager, user: str
) -> None:
    manager.user("alice2").session("ada").add_items(turn("one"))
    done = call(server, "--user", user, "erase", "--yes")
    assert (done.status, done.stdout) == (1, "")
    assert f"no conversations of user '{user}'" in done.stderr
    assert "pass --prefix session" in done.stderr
    server.command("RPUSH", f"{DEFAULT_KEY_PREFIX}{{{user}}}:lost", "{}")
    assert "erased" in succeed(server, "--user", user, "erase", "--yes").stdout
    assert manager.user(user).session("lost").count() == 0
    assert manager.user("alice2").count() == 1


@pytest.mark.parametrize(
    "command", [["rewind", "ada"], ["delete", "ada"], ["erase"], ["unlock", "ada"]], ids=" ".join
)
def test_nothing_is_destroyed_by_somebody_who_was_not_asked(
    server: Server, manager: SyncRedisSessionManager, command: list[str]
) -> None:
    session = manager.user("alice").session("ada")
    session.add_items(turn("one"))
    lock = session.lock()
    assert lock.acquire()
    done = call(server, "--user", "alice", *command)
    assert done.status == 2
    [reason] = done.stderr.splitlines()
    assert "--yes" in reason
    assert session.count() == 2
    assert lock.owned()
    succeed(server, "--user", "alice", *command, "-y")
    assert not lock.owned() if command[0] == "unlock" else session.count() == 0


@pytest.mark.parametrize("command", [["rename", "ada", "x"], ["adopt", "ada"], ["erase", "-y"]])
def test_commands_that_need_a_user(server: Server, command: list[str]) -> None:
    done = call(server, *command)
    assert (done.status, done.stdout) == (2, "")
    assert "--user" in done.stderr


@pytest.mark.parametrize(
    "command", [["rewind", "ada", "-y"], ["fork", "ada", "copy"], ["delete", "ada", "-y"]]
)
def test_a_conversation_that_does_not_exist(
    server: Server, command: list[str], options: list[str]
) -> None:
    done = call(server, *options, *command)
    assert (done.status, done.stdout) == (1, "")
    [reason] = done.stderr.splitlines()
    assert "no conversation 'ada'" in reason
    assert server.command("DBSIZE") == 0


def test_unlocking_a_turn(server: Server, owner: Any, options: list[str]) -> None:
    session = owner.session("ada")
    assert "not locked" in succeed(server, *options, "unlock", "ada").stdout
    with session.turn(lease=600):
        holder = session.lock_holder()
        done = call(server, *options, "unlock", "ada")
        assert done.status == 2
        assert f"process {holder.pid} on {holder.host}" in done.stdout
        assert "9m" in done.stdout or "10m" in done.stdout
        assert session.lock_holder().token == holder.token
        assert "freed" in succeed(server, *options, "unlock", "ada", "--yes").stdout
        assert session.lock_holder() is None


def test_unlocking_a_lock_that_never_ends(server: Server, owner: Any, options: list[str]) -> None:
    session = owner.session("ada")
    lock = session.lock(timeout=None)
    assert lock.acquire()
    done = call(server, *options, "unlock", "ada", "--yes")
    assert "a lock(), forever" in done.stdout
    assert session.lock_holder() is None
