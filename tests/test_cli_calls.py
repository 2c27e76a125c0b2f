"""How the command line is called: options, variables, help, and what a failure says."""

from __future__ import annotations

import contextlib
import io
import os
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSession

from .support.command_line import call, succeed
from .support.internals import command_line, command_line_client
from .support.planted import let_calls_give_up
from .support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.cluster import Cluster

COMMANDS = (
    *("list", "show", "follow", "stats", "rewind", "fork"),
    *("rename", "adopt", "delete", "erase", "unlock"),
    *("export", "import", "migrate", "doctor"),
)
SECRET = "correct-horse"


@pytest.fixture
def ada(server: Server) -> Iterator[SyncRedisSession]:
    with SyncRedisSession.from_url("ada", server.url) as session:
        session.add_items([{"role": "user", "content": "Hello"}])
        yield session


@pytest.fixture
def guarded_server() -> Iterator[Server]:
    with Server(requirepass=SECRET) as server:
        yield server


def test_the_version() -> None:
    done = call(None, "--version")
    assert done.status == 0
    assert metadata.version("openai-agents-session") in done.stdout


def test_help() -> None:
    done = call(None, "--help", env={"COLUMNS": "80"})
    assert done.status == 0
    listed = done.stdout.partition("Commands:")[2]
    assert all(f"\n  {command} " in listed for command in COMMANDS)
    assert "..." not in listed  # none of the descriptions is cut
    assert "Exit status" in done.stdout
    for option in ("--url", "--prefix", "--user", "--version", "--install-completion"):
        assert option in done.stdout


def test_a_call_without_arguments_prints_the_help() -> None:
    done, asked = call(None), call(None, "--help")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr == asked.stdout
    assert "\x08" not in done.stderr
    assert "\nCommands:\n  list " in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_a_command(command: str, option: str) -> None:
    done = call(None, command, option)
    assert done.status == 0
    examples = done.stdout.partition("Examples:\n")[2].splitlines()
    assert any(f" {command}" in example for example in examples)
    assert all(line.startswith("    openai-agents-session ") for line in examples)


@pytest.mark.parametrize("command", ["show", "stats", "delete", "export", "adopt"])
def test_the_help_tells_how_to_name_an_id_that_begins_with_a_dash(command: str) -> None:
    assert "write -- before" in call(None, command, "--help").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    words = {"COMP_WORDS": "openai-agents-session re", "COMP_CWORD": "1"}
    words["_TYPER_COMPLETE_ARGS"] = words["COMP_WORDS"]
    instruction = {"_OPENAI_AGENTS_SESSION_COMPLETE": f"complete_{shell}"}
    if shell == "fish":
        instruction["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    done = call(None, env={**words, **instruction})
    assert done.status == 0
    assert "rewind" in done.stdout
    assert "rename" in done.stdout
    assert "unlock" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", "URL", "--prefix", "p", "--user", "u", "show", "ada"],
        ["show", "ada", "--url", "URL", "--prefix", "p", "--user", "u"],
        ["--user=u", "show", "--prefix=p", "ada", "--url=URL"],
        ["--url", "redis://localhost:1", "--prefix=p", "--user=u", "show", "ada", "--url=URL"],
    ],
    ids=" ".join,
)
def test_global_options_stand_anywhere(server: Server, arguments: list[str]) -> None:
    server.command("RPUSH", "p{u}:ada", '{"role": "user", "content": "Hello"}')
    done = call(None, *(word.replace("URL", server.url) for word in arguments))
    assert done.lines == ["user", "    Hello"]


def test_what_follows_two_dashes_is_no_option(server: Server) -> None:
    server.command("RPUSH", f"{DEFAULT_KEY_PREFIX}:--user", '{"role": "user", "content": "Hi"}')
    assert succeed(server, "show", "--", "--user").lines == ["user", "    Hi"]


@pytest.mark.parametrize("option", ["--url", "--prefix", "--user"])
def test_a_global_option_without_a_value(server: Server, option: str) -> None:
    done = call(server, "list", option)
    assert (done.status, done.stdout) == (2, "")
    assert option in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["show"],
        ["show", "a", "b"],
        ["show", ""],
        ["show", "}"],
        ["list", "--nonsense"],
        ["list", "--prefix", ""],
        ["list", "--user", ""],
        ["list", "--user", "a}b"],
        ["list", "--user", "u", "--prefix", "{p}"],
        ["fork", "ada", ""],
        ["list", "--url", ""],
        ["list", "--url", "http://localhost"],
        ["list", "--url", "redis://localhost:x"],
        ["list", "--url", "URL?bogus=1"],
        ["doctor", "--url", "URL?bogus=1"],
        ["list", "--url", "URL?ssl_cert_reqs=none"],
        ["list", "--url", "URL/abc"],
        ["migrate", "--from", "sdk-URL/abc"],
        ["list", "--url", "memory://"],
        ["list", "--url", "memory://name"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("ada")
def test_wrong_usage(server: Server, arguments: list[str]) -> None:
    done = call(server, *(word.replace("URL", server.url) for word in arguments))
    assert done.status == 2
    assert "__init__" not in done.stderr
    assert done.stdout == "" or not arguments
    assert len(done.stderr.splitlines()) == 1 or not arguments


@pytest.mark.parametrize(
    ("command", "option", "least"),
    [("show", "last", 0), ("follow", "last", 0), ("rewind", "turns", 1)],
)
def test_numbers_that_make_no_sense(server: Server, command: str, option: str, least: int) -> None:
    for number in (str(least - 1), "x", "1.5", ""):
        done = call(server, command, "ada", f"--{option}", number)
        expected = f"--{option} must be a whole number of {least} or more"
        assert (done.status, done.stdout) == (2, "")
        assert done.stderr == f"openai-agents-session: {expected}\n"


@pytest.mark.usefixtures("ada")
def test_the_variables_say_where_redis_is(server: Server) -> None:
    port = str(server.port)
    for env in (
        {"REDIS_URL": server.url},
        {"REDIS_URL": server.url, "REDIS_ENABLED": "false"},
        {"REDIS_HOST": server.host, "REDIS_PORT": port},
        {"REDIS_PORT": port, "REDIS_ENABLED": "true"},
    ):
        assert call(None, "list", "--json", env=env).objects[0]["session_id"] == "ada", env
    assert call(None, "list", "--json", env={"REDIS_PORT": port, "REDIS_DB": "1"}).objects == []
    env = {"REDIS_URL": "redis://localhost:1"}
    assert call(None, "--url", server.url, "list", "--json", env=env).objects


def test_the_default_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if "REDIS" in name]:
        monkeypatch.delenv(name)
    client = command_line_client(None)
    options = client.connection_pool.connection_kwargs
    assert (options["host"], options["port"], options["db"]) == ("localhost", 6379, 0)
    assert "REDIS_ENABLED" not in os.environ
    client.close()


@pytest.mark.parametrize(
    "env",
    [
        {"REDIS_URL": "memory://"},
        {"REDIS_URL": "memory://", "REDIS_ENABLED": "true"},
        {"REDIS_PORT": "tcp://10.0.0.1:6379"},
        {"REDIS_URL": f"redis://:{SECRET}/@localhost"},
    ],
    ids=str,
)
def test_variables_that_cannot_be_used(env: dict[str, str]) -> None:
    done = call(None, "list", env=env)
    assert (done.status, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert SECRET not in done.stderr


def test_a_server_that_is_down(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    let_calls_give_up(monkeypatch)
    for command in (["list"], ["show", "ada"], ["delete", "ada", "-y"], ["stats"]):
        done = call(server, "--url", f"redis://:{SECRET}@127.0.0.1:1", *command)
        assert (done.status, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "127.0.0.1:1" in done.stderr
        assert SECRET not in done.stderr


def test_passwords(guarded_server: Server) -> None:
    assert call(guarded_server, "list").status == 0
    address = f"{guarded_server.host}:{guarded_server.port}"
    for password in ("", f":{SECRET}-not@"):
        done = call(None, "--url", f"redis://{password}{address}", "list")
        assert (done.status, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "credentials" in done.stderr
        assert SECRET not in done.stderr


def test_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    url = f"redis+cluster://{host}:{port}"
    with SyncRedisSession.from_url("ada", url) as session:
        session.add_items([{"role": "user", "content": "Hello"}])
    calls = (
        "fork ada bob",
        "--user alice adopt ada",
        "--user alice fork ada copy",
        "delete bob -y",
    )
    for one in calls:
        assert call(None, "--url", url, *one.split()).status == 0
    assert call(None, "--url", url, "list", "--json").objects == []
    listed = call(None, "--url", url, "list", "--user", "alice", "--json").objects
    assert [row["session_id"] for row in listed] == ["copy", "ada"]
    assert call(None, "--url", url, "show", "copy", "--user", "alice").lines == [
        "user",
        "    Hello",
    ]


def test_a_stdout_that_is_no_file() -> None:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), pytest.raises(SystemExit) as end:
        command_line()(["--version"])
    assert not end.value.code
    assert metadata.version("openai-agents-session") in text.getvalue()


def test_hostile_arguments(server: Server) -> None:
    hostile = "a\x1b[31m\u202e\n[red]:smile:"
    for arguments in (["show", hostile], [hostile], ["list", f"--{hostile}"], ["rename", hostile]):
        done = call(server, *arguments)
        assert done.status in {1, 2}
        [reason] = done.stderr.splitlines()
        assert not {"\x1b", "\u202e"} & set(reason)
        assert "[red]:smile:" in reason or "rename" in arguments
