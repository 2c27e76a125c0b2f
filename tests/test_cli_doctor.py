"""The command `doctor`: what it says of sound servers, and what it leaves behind."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
import redis

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSessionManager
from openai_agents_session._cli.doctor.names import Name
from openai_agents_session._cli.doctor.node import Node
from openai_agents_session._cli.doctor.sample import Sample, look_at

from .support.binary import find_binary
from .support.doctor import diagnose, documented_url, permit_documented_user, run
from .support.resp import rows, text
from .support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKS = [
    *("connection", "topology", "rights", "latency", "persistence", "eviction"),
    *("replication", "types", "names", "lifetimes", "locks"),
]

RECEIPT = (
    rb"(\{openai_agents_session:doctor-[0-9a-f]+\}:~"
    rb"|openai_agents_session\{alice\}:doctor-[0-9a-f]+:~:)r:[0-9a-f]{32}"
)

A: Any = {"role": "user", "content": "a"}


@pytest.fixture
def sound() -> Iterator[Server]:
    """A server as the documentation recommends it."""
    with Server(appendonly="yes", maxmemory="200mb", maxmemory_policy="noeviction") as server:
        yield server


def fill(url: str, prefix: str = DEFAULT_KEY_PREFIX) -> None:
    """Use everything that leaves keys behind."""
    with SyncRedisSessionManager(url=url, key_prefix=prefix, ttl=3600) as manager:
        for session in (manager.session("holiday"), manager.user("alice").session("rome")):
            session.add_items([A, A], idempotency_key="message-1")
            session.pop_item()
            with session.turn("task-1") as turn:
                turn.add_items([A])
            assert session.lock(blocking_timeout=0).acquire()
        manager.user("alice").update("rome", title="Rome")


def test_nothing_is_found_on_a_sound_server(sound: Server) -> None:
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {}
    assert list(dict.fromkeys(f.check for f in diagnosis.findings)) == CHECKS


@pytest.mark.parametrize("prefix", [DEFAULT_KEY_PREFIX, "{tag}:chat", "chat*[a]", "größe"])
def test_nothing_is_found_in_what_the_library_stores(sound: Server, prefix: str) -> None:
    if "{" in prefix:  # which a manager with users refuses
        with SyncRedisSessionManager(url=sound.url, key_prefix=prefix, ttl=60) as manager:
            manager.session("holiday").add_items([A])
            assert manager.session("holiday").lock(blocking_timeout=0).acquire()
    else:
        fill(sound.url, prefix)
    diagnosis = diagnose(sound.url, "--prefix", prefix)
    assert diagnosis.statuses() == {}
    assert diagnosis.of("types", "ok").message.startswith("1 conversation:")


def test_nothing_is_found_in_the_conversations_of_a_user(sound: Server) -> None:
    fill(sound.url)
    diagnosis = diagnose(sound.url, "--user", "alice")
    assert diagnosis.statuses() == {}
    assert list(dict.fromkeys(f.check for f in diagnosis.findings)) == [*CHECKS, "index"]
    assert diagnosis.of("types", "ok").message.startswith("1 conversation:")


def test_one_key_is_written_and_removed(sound: Server) -> None:
    fill(sound.url)
    before = sound.command("DBSIZE")
    with sound.monitor() as monitor:
        diagnose(sound.url)
        diagnose(sound.url, "--user", "alice")
    assert sound.command("DBSIZE") == before
    writes = [c for c in monitor.commands if c[0] == b"SET" and b"XX" not in c]
    assert len(writes) == 2  # one in each run
    for _, key, value, option, seconds in writes:
        assert re.fullmatch(RECEIPT, key)
        assert (value, option, seconds) == (b"", b"EX", b"10")


def test_no_lifetime_is_touched(sound: Server) -> None:
    fill(sound.url)
    keys = [text(key) for key in rows(sound.command("KEYS", "*"))]
    with_lifetime = [key for key in keys if sound.command("PEXPIRE", key, 5_000_000)]
    diagnose(sound.url)
    diagnose(sound.url, "--user", "alice")
    for key in with_lifetime:
        left = sound.command("PTTL", key)
        assert isinstance(left, int)
        assert 4_900_000 < left <= 5_000_000


@pytest.mark.parametrize("protocol", [2, 3])
def test_the_documented_user_gets_the_same_answer(sound: Server, protocol: int) -> None:
    permit_documented_user(sound)
    fill(sound.url)
    diagnosis = diagnose(f"{documented_url(sound)}?protocol={protocol}")
    assert diagnosis.statuses() == {
        "persistence": {"unknown"},
        "eviction": {"unknown"},
        "replication": {"unknown"},
    }
    version = ".".join(map(str, find_binary().version))
    assert version in diagnosis.findings[0].message


def test_info_tells_what_config_and_acl_are_not_asked_for(sound: Server) -> None:
    permit_documented_user(sound, "+info", "-config", "-acl")
    assert diagnose(documented_url(sound)).statuses() == {}
    sound.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    assert diagnose(documented_url(sound)).statuses() == {"eviction": {"problem"}}


def test_it_says_nothing_of_keys_that_others_store(sound: Server) -> None:
    sound.command("HSET", "cart:openai_agents_session:1", "a", "b")
    sound.command("RPUSH", "openai_agents_session", "not JSON")
    sound.command("SET", "openai_agents_session{bob}:1", "another user's")
    sound.command("SET", "{other:holiday}:~lock", "no timeout")
    assert diagnose(sound.url).statuses() == {}
    assert diagnose(sound.url, "--user", "alice").statuses() == {}


def test_a_line_for_people_has_the_same_four_parts(sound: Server) -> None:
    sound.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    done = run("doctor", "--url", sound.url)
    title, *lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert title == ["check", "status", "message", "cure"]
    assert list(dict.fromkeys(line[0] for line in lines)) == CHECKS
    [problem] = [line for line in lines if line[1] == "problem"]
    assert problem[0] == "eviction"
    assert "noeviction" in problem[3]
    assert (done.exit_status, done.stderr) == (1, "openai-agents-session: 1 problem found\n")


def test_a_large_server_is_sampled(sound: Server) -> None:
    with sound.connect() as connection:
        connection.pipeline(
            *(("RPUSH", f"openai_agents_session:{number}", "{}") for number in range(5000))
        )
    diagnosis = diagnose(sound.url)
    assert diagnosis.statuses() == {}
    assert diagnosis.of("types", "ok").message.startswith("a sample of 3,000 conversations")


def test_a_server_full_of_other_keys_is_not_searched_to_the_end(own_server: Server) -> None:
    own_server.command("DEBUG", "POPULATE", 150_000)
    assert diagnose(own_server.url).of("types", "ok").message.startswith("a sample of 0")


def test_a_conversation_that_is_gone_by_then_is_left_out(server: Server) -> None:
    found = Sample()
    with redis.Redis(host=server.host, port=server.port) as client:
        look_at(Node(client), [Name(b"gone", "conversation", "gone")], found)
    assert found == Sample()


def test_a_terminal_shows_a_cure_below_what_it_is_for(sound: Server) -> None:
    sound.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    sound.command("RPUSH", "openai_agents_session:\x1b[31m[bold]:smile:", "junk")
    with patch.dict(os.environ, {"COLUMNS": "100", "TERM": "xterm"}):
        shown = run("--url", sound.url, "doctor", terminal=True).stdout
    assert "\x1b[1;31mproblem" in shown
    assert shown.count("\x1b[31m[bold]") == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "\\x1b[31m[bold]:smile:" in re.sub(r"\s+", "", plain)
    lines = [line.rstrip() for line in plain.splitlines()]
    [first] = [number for number, line in enumerate(lines) if line.startswith("problem  eviction")]
    assert lines[first + 1].startswith(" " * 22 + "")
    assert "-> set maxmemory-policy noeviction" in " ".join(lines[first : first + 4])
