"""The command `doctor` and what is stored: whatever does not belong there is found."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .support.doctor import SECRET, diagnose, documented_url, permit_documented_user, run
from .support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_agents_session import SyncUserSessions

    from .support.resp import Argument

P = "openai_agents_session"
A: Any = {"role": "user", "content": "a"}


@pytest.fixture
def sound() -> Iterator[Server]:
    with Server(appendonly="yes") as server:
        yield server


@pytest.fixture
def alice(sound: Server) -> Iterator[SyncUserSessions]:
    """A user with two conversations that expire."""
    with SyncRedisSessionManager(url=sound.url, key_prefix=P, ttl=1000) as manager:
        for name in ("rome", "oslo"):
            manager.user("alice").session(name).add_items([A])
        yield manager.user("alice")


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (("HSET", f"{P}:cart", "a", "b"), "a hash"),
        (("SET", f"{P}:cart", "a"), "a string"),
        (("SADD", f"{P}:cart", "a"), "a set"),
        (("ZADD", f"{P}:cart", 1, "a"), "a sorted set"),
        (("XADD", f"{P}:cart", "*", "a", "b"), "a stream"),
    ],
)
def test_a_key_that_is_not_a_list(sound: Server, command: tuple[Argument, ...], kind: str) -> None:
    sound.command(*command)
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"types": {"problem"}}
    found = diagnosis.of("types", "problem")
    assert f"{P}:cart" in found.message
    assert kind in found.message
    assert "key_prefix" in found.cure


@pytest.mark.parametrize(
    "junk", [b"plain text", b"[1]", b"7", b"null", b"", b"\xff\xfe", b'{"a": 1', b"[" * 100_000]
)
def test_an_element_that_is_not_an_item(sound: Server, junk: bytes) -> None:
    sound.command("RPUSH", f"{P}:old", *["{}"] * 30, junk, *["{}"] * 30)
    sound.command("RPUSH", f"{P}:good", '{"a": "b"}')
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"types": {"warning"}}
    found = diagnosis.of("types", "warning")
    assert "in 1 conversation: 'old'" in found.message
    assert found.cure.startswith("nothing needs to be done")
    shown = run("--url", sound.url, "show", "old").stdout  # as the cure says
    assert shown.count("(not an item)") == 1


def test_a_type_that_may_not_be_asked_for(sound: Server) -> None:
    permit_documented_user(sound)
    sound.command("HSET", f"{P}:cart", "a", "b")
    found = diagnose(documented_url(sound)).of("types", "problem")
    assert "(the first one is of another type)" in found.message


def test_conversations_that_may_not_be_read(sound: Server) -> None:
    permit_documented_user(sound, "-lrange")
    sound.command("RPUSH", f"{P}:a", "{}")
    statuses = diagnose(documented_url(sound)).statuses()
    assert statuses["types"] == statuses["lifetimes"] == {"unknown"}


def test_no_finding_quotes_a_conversation(sound: Server) -> None:
    sound.command("RPUSH", f"{P}:a", SECRET)
    sound.command("SET", f"{P}:b", SECRET)
    sound.command("SET", f"{{{P}:c}}:~lock", SECRET)
    diagnose(sound.url)  # which looks for it


@pytest.mark.parametrize("name", [f"{P}:a}}b".encode(), f"{P}:\xff".encode("latin-1")])
def test_a_name_that_cannot_be_opened(sound: Server, name: bytes) -> None:
    sound.command("RPUSH", name, "{}")
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"names": {"warning"}}
    found = diagnosis.of("names", "warning")
    assert "of 1 key:" in found.message
    assert "RENAME" in found.cure


def test_lifetimes_that_differ(sound: Server) -> None:
    for name, ttl in (("a", 100), ("b", None), ("c", 100)):
        with SyncRedisSession.from_url(name, sound.url, ttl=ttl) as session:
            session.add_items([A])
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {"lifetimes": {"warning"}}
    found = diagnosis.of("lifetimes", "warning")
    assert found.message == "3 conversations, of which some expire and others never do: 'b'"
    assert "same ttl" in found.cure
    sound.command("DEL", f"{P}:a", f"{P}:c")
    assert diagnose(sound.url).statuses() == {}


def test_a_lock_without_a_timeout(sound: Server) -> None:
    with SyncRedisSession.from_url("a", sound.url) as session:
        assert session.lock(timeout=None).acquire()
        assert diagnose(sound.url).of("locks", "warning").cure.endswith("timeout to lock()")
        holder = session.lock_holder()
        assert holder is not None
        session.break_lock(holder)
        assert session.lock(timeout=600).acquire()
    sound.command("HSET", f"{{{P}:b}}:~lock", "not", "a lock")
    assert diagnose(sound.url).statuses() == {}


@pytest.mark.parametrize("options", [(), ("--prefix", "{tag}:x")])
def test_a_lease_that_never_expires(sound: Server, options: tuple[str, ...]) -> None:
    prefix = options[-1] if options else P
    with (
        SyncRedisSession.from_url("a", sound.url, key_prefix=prefix) as session,
        session.turn() as turn,
    ):
        turn.add_items([A])
        assert sound.command("PERSIST", session.lock().name) == 1
        found = diagnose(sound.url, *options).of("locks", "problem")
    assert "'a'" in found.message
    assert "unlock" in found.cure


# The index of a user


def as_redis_cli_reads(command: str) -> list[bytes]:
    """The arguments of a command, with escapes in double quotes."""
    words = [quoted or bare for quoted, bare in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', command)]
    return [word.encode().decode("unicode_escape").encode("latin-1") for word in words]


def test_a_conversation_that_the_index_lacks(sound: Server, alice: SyncUserSessions) -> None:
    sound.command("ZREM", f"{P}{{alice}}~index", "rome")
    diagnosis = diagnose(sound.url, "--user", "alice")
    assert diagnosis.statuses() == {"index": {"problem"}}
    found = diagnosis.of("index", "problem")
    assert "'rome'" in found.message
    assert "oslo" not in found.message
    alice.session("rome").add_items([A])  # as the cure says first
    assert diagnose(sound.url, "--user", "alice").statuses() == {}


@pytest.mark.parametrize("name", ["rome", "two words", "caf\u00e9", '"', "\\", "new\nline", "`'$"])
def test_a_conversation_is_listed_again_without_a_loss(
    sound: Server, alice: SyncUserSessions, name: str
) -> None:
    session = alice.session(name)
    session.add_items([A])
    sound.command("RPUSH", session.key, '{"role":"user","content":"b","metadata":{"n":1}}')
    alice.update(name, title="Two weeks", metadata={"model": "gpt-5"})
    sound.command("ZREM", f"{P}{{alice}}~index", name)
    cure = diagnose(sound.url, "--user", "alice").of("index", "problem").cure
    everything = session.raw_elements()
    started = time.time()

    command = re.findall(r"`(.*)`", cure)[0]
    sound.command(*as_redis_cli_reads(command))
    assert diagnose(sound.url, "--user", "alice").statuses() == {}
    first = next(iter(alice.sessions()))
    assert (first.session_id, first.title, first.metadata) == (
        name,
        "Two weeks",
        {"model": "gpt-5"},
    )
    assert abs(first.updated_at.timestamp() - started) < 60
    assert session.raw_elements() == everything


def test_an_index_that_is_gone(sound: Server, alice: SyncUserSessions) -> None:
    sound.command("DEL", f"{P}{{alice}}~index")
    found = diagnose(sound.url, "--user", "alice").of("index", "problem")
    assert "2 conversations: 'oslo', 'rome'" in found.message


def test_an_index_that_names_what_is_gone(sound: Server, alice: SyncUserSessions) -> None:
    sound.command("ZADD", f"{P}{{alice}}~index", 1, "lima")
    diagnosis = diagnose(sound.url, "--user", "alice")
    assert diagnosis.statuses() == {}  # it happens whenever a conversation expires
    assert "also names 1 conversation without items" in diagnosis.of("index", "ok").message
    assert [info.session_id for info in alice.page().sessions] == ["oslo", "rome"]
    assert "also names" not in diagnose(sound.url, "--user", "alice").of("index", "ok").message


def test_an_index_that_expires_too_early(sound: Server, alice: SyncUserSessions) -> None:
    sound.command("EXPIRE", f"{P}{{alice}}~index", 100)
    diagnosis = diagnose(sound.url, "--user", "alice")
    assert diagnosis.statuses() == {"index": {"warning"}}
    assert diagnosis.of("index", "warning").cure
    alice.session("rome").get_items()  # as the cure says
    assert diagnose(sound.url, "--user", "alice").statuses() == {}


def test_an_index_of_another_type(sound: Server, alice: SyncUserSessions) -> None:
    sound.command("SET", f"{P}{{alice}}~index", "x")
    assert "delete it" in diagnose(sound.url, "--user", "alice").of("index", "problem").cure


def test_too_many_conversations_for_the_index(sound: Server) -> None:
    with sound.connect() as connection:
        connection.pipeline(
            *(("ZADD", f"{P}{{alice}}~index", 1, str(number)) for number in range(5001))
        )
    assert diagnose(sound.url, "--user", "alice").statuses() == {"index": {"unknown"}}
