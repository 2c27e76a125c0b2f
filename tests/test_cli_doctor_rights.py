"""The command `doctor` and rights: what a user may not do is found, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .support.doctor import diagnose, documented_url, documented_user, permit_documented_user
from .support.resp import ReplyError
from .support.server import Server
from .support.tls import encrypted_port, untrusted_port

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(__file__).parents[1] / "src" / "openai_agents_session" / "_scripts"

COMMANDS = [rule[1:] for rule in documented_user() if rule.startswith("+")]
OPTIONAL = {"del", "hget", "hset", "hdel", "hrandfield", "time", "scan"}
"""What the documentation says that not every application needs."""

USERS = [
    *("hmget", "persist", "zadd", "zcard", "zcount", "zrange", "zrem", "zrevrange"),
    *("hgetall", "rename", "type", "hsetnx", "zrandmember"),
]
"""What the conversations of a user need besides."""


@pytest.fixture
def sound() -> Iterator[Server]:
    with Server(appendonly="yes") as server:
        yield server


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_command_is_named(sound: Server, command: str) -> None:
    permit_documented_user(sound, f"-{command}")
    found = diagnose(documented_url(sound)).of(
        "rights", "warning" if command in OPTIONAL else "problem"
    )
    assert f"may not run {command}:" in found.message
    assert found.cure == f"allow it: ACL SETUSER agents +{command}"


def test_all_missing_commands_are_named(sound: Server) -> None:
    permit_documented_user(sound, "-@all")
    diagnosis = diagnose(documented_url(sound))
    found = [f for f in diagnosis.findings if f.check == "rights"]
    named = {name for f in found for name in re.findall(r"\+(\w+)", f.cure)}
    # Whether these are allowed is found out with a key that only SET could have made.
    assert named == set(COMMANDS) - {"rpush"}
    assert diagnosis.statuses()["types"] == {"unknown"}


def test_every_command_of_the_scripts_is_asked_for(sound: Server) -> None:
    sent = {
        name.lower()
        for module in SCRIPTS.glob("*.py")
        for name in re.findall(r"call\('([A-Z]+)'", module.read_text(encoding="utf-8"))
    }
    permit_documented_user(sound, "-@all", "+set", "~openai_agents_session{*")
    found = diagnose(documented_url(sound), "--user", "alice").findings
    named = {name for f in found if f.check == "rights" for name in re.findall(r"\+(\w+)", f.cure)}
    assert sent - named == {"set"}
    assert set(COMMANDS) - named == {"set"}


def test_the_conversations_of_a_user_need_more(sound: Server) -> None:
    permit_documented_user(sound)
    diagnosis = diagnose(documented_url(sound), "--user", "alice")
    text = " ".join(f.message + f.cure for f in diagnosis.findings if f.status == "problem")
    assert "ACL SETUSER agents ~openai_agents_session{*" in text
    assert "zadd" in text
    more = [f"+{name}" for name in USERS]
    permit_documented_user(sound, "~openai_agents_session{*", "+info", *more)
    assert diagnose(documented_url(sound), "--user", "alice").statuses() == {}


@pytest.mark.parametrize(
    ("kept", "missing"),
    [
        ("~openai_agents_session:*", "{openai_agents_session:*"),
        ("~{openai_agents_session:*", "openai_agents_session:*"),
    ],
)
def test_a_missing_pattern_of_keys_is_named(sound: Server, kept: str, missing: str) -> None:
    permit_documented_user(sound, "resetkeys", kept)
    found = diagnose(documented_url(sound)).of("rights", "problem")
    assert f"the keys {missing}:" in found.message
    assert found.cure == f"allow it: ACL SETUSER agents ~{missing}"


def test_a_command_is_found_to_be_missing_beside_a_pattern(sound: Server) -> None:
    permit_documented_user(sound, "resetkeys", "~openai_agents_session:*", "-rpush")
    found = [f for f in diagnose(documented_url(sound)).findings if f.status == "problem"]
    assert sorted(f.cure for f in found) == [
        "allow it: ACL SETUSER agents +rpush",
        "allow it: ACL SETUSER agents ~{openai_agents_session:*",
    ]


def test_keys_that_may_only_be_read_are_named(sound: Server) -> None:
    rules = "resetkeys", "%R~openai_agents_session:*", "~{openai_agents_session:*"
    if sound.binary.version < (7,):
        with pytest.raises(ReplyError, match="Syntax error"):  # such patterns are not known yet
            permit_documented_user(sound, *rules)
        return
    permit_documented_user(sound, *rules)
    found = diagnose(documented_url(sound)).of("rights", "problem")
    assert "may not change the keys openai_agents_session:*" in found.message


def test_scripts_that_the_server_does_not_offer(sound: Server) -> None:
    with Server(appendonly="yes", rename_command=["EVAL", ""]) as server:
        found = diagnose(server.url).of("rights", "problem")
    assert "the server has no eval" in found.message
    assert "rename-command" in found.cure


def test_a_password_that_is_wrong(sound: Server) -> None:
    sound.command("ACL", "SETUSER", "agents", "on", ">right", "~*", "+@all")
    diagnosis = diagnose(documented_url(sound))
    [found] = diagnosis.findings
    assert (found.check, found.status) == ("connection", "problem")
    assert "rejected the credentials" in found.message
    assert "session key" not in found.message
    assert "password" in found.cure


def test_a_password_that_is_missing() -> None:
    with Server(requirepass="x") as server:
        [found] = diagnose(f"redis://{server.host}:{server.port}").findings
    assert (found.check, found.status) == ("connection", "problem")
    assert "password" in found.cure


def test_a_server_that_is_not_there(own_server: Server) -> None:
    own_server.stop()
    for url in (own_server.url, own_server.url.replace("redis://", "redis+cluster://")):
        [found] = diagnose(url).findings
        assert (found.check, found.status) == ("connection", "problem")
        assert str(own_server.port) in found.message
        assert "address" in found.cure


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("ssl_check_hostname=false&ssl_ca_certs={file}", "ok"),
        ("ssl_check_hostname=false&ssl_cert_reqs=none", "warning"),
    ],
)
def test_a_certificate_that_is_not_checked(
    sound: Server, tmp_path: Path, options: str, status: str
) -> None:
    with encrypted_port(tmp_path, sound.address) as (port, file):
        diagnosis = diagnose(f"rediss://{sound.host}:{port}?{options.format(file=file)}")
    encryption = [f for f in diagnosis.findings if "encrypted" in f.message]
    assert [(f.check, f.status) for f in encryption] == [("connection", status)]
    assert not any(f.cure for f in diagnosis.findings if f not in encryption)


def test_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    with untrusted_port(tmp_path) as port:
        [found] = diagnose(f"rediss://{port.host}:{port.port}").findings
    assert (found.check, found.status) == ("connection", "problem")
    assert "certificate" in found.cure
