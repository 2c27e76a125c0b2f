"""The command line as a process: pipes, signals, encodings, and what it imports."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSession, SyncRedisSessionManager

from .support.command_line import PROGRAM, run, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server

WITHOUT = """
import sys
sys.modules[{missing!r}] = None  # an import of it fails
from openai_agents_session.__main__ import main
sys.argv = ["openai-agents-session", "list"]
main()
"""


@pytest.fixture
def session(server: Server) -> Iterator[SyncRedisSession]:
    with SyncRedisSession.from_url("ada", server.url) as session:
        yield session


def message(text: str) -> Any:
    return {"role": "user", "content": text}


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_a_reader_that_leaves_is_no_error(
    server: Server, session: SyncRedisSession, options: list[str]
) -> None:
    session.add_items([message("x" * 1_000)] * 2_000)
    with started(server, "show", "ada", *options) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


def test_a_reader_that_was_never_there(server: Server, session: SyncRedisSession) -> None:
    session.add_items([message("few")])
    for arguments in (["show", "ada"], ["--help"], ["list", "--json"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = run(server, *arguments, stdout=writer)
        os.close(writer)
        assert (done.status, done.stderr) == (0, "")


def test_streams_that_are_closed(server: Server, session: SyncRedisSession) -> None:
    session.add_items([message("few")])
    code = "import os, sys; os.closerange(0, 3); os.execv(sys.executable, sys.argv[1:])"
    for arguments, status in ((["show", "ada"], 0), (["show", "bob"], 1), (["delete", "ada"], 2)):
        program = [sys.executable, "-c", code, *PROGRAM, *arguments]
        assert run(server, program=program).status == status


def test_a_full_disk(server: Server, session: SyncRedisSession) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    session.add_items([message("few")])
    with Path("/dev/full").open("w") as full:
        done = run(server, "show", "ada", stdout=full)
    assert done.status == 1
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(server: Server, session: SyncRedisSession, number: signal.Signals) -> None:
    session.add_items([message("Hello")])
    with started(server, "follow", "ada") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "user\n"
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert stderr == ""
    assert process.returncode == (130 if number == signal.SIGINT else -number)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_encodings_that_lack_a_character(
    server: Server, session: SyncRedisSession, encoding: str
) -> None:
    session.add_items([message("caf\u00e9 \U0001f600 \u6f22 \udc80 \u202e")])
    env = {"PYTHONIOENCODING": encoding}
    [item] = run(server, "show", "ada", "--json", env=env).objects
    assert [item] == session.get_items()
    done = run(server, "show", "ada", env=env, encoding=encoding)
    assert (done.status, done.stderr) == (0, "")
    text = {"latin-1": "caf\u00e9", "cp1252": "caf\u00e9", "utf-8": "caf\u00e9 \U0001f600 \u6f22"}
    assert text.get(encoding, r"caf\xe9 \U0001f600 \u6f22") in done.stdout
    assert r"\udc80 \u202e" in done.stdout


def test_without_the_sdk(server: Server, session: SyncRedisSession) -> None:
    session.add_items([message("Hello")])
    where: Any = {"url": server.url, "key_prefix": DEFAULT_KEY_PREFIX, "ttl": None}
    with SyncRedisSessionManager(**where) as manager:
        manager.user("u").session("holiday").add_items([message("Hello")])
    code = """
import sys
sys.modules["agents"] = None  # an import of it fails
from openai_agents_session.__main__ import main
for command in (
    "list", "--user u list", "show ada", "stats", "stats ada", "fork ada bob", "rewind bob -y",
    "delete ada -y", "--user u erase -y", "unlock ada",
):
    sys.argv = ["openai-agents-session", *command.split()]
    try:
        main()
    except SystemExit as end:
        assert not end.code, command
assert "openai" not in sys.modules
"""
    done = run(server, program=[sys.executable, "-c", code])
    assert (done.status, done.stderr) == (0, "")
    assert server.command("EXISTS", session.key) == 0


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra(missing: str) -> None:
    done = run(None, program=[sys.executable, "-c", WITHOUT.format(missing=missing)])
    assert (done.status, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert "openai-agents-session[cli]" in line


def test_a_module_that_is_missing_for_another_reason() -> None:
    done = run(
        None,
        program=[sys.executable, "-c", WITHOUT.format(missing="openai_agents_session._cli.store")],
    )
    assert "openai-agents-session[cli]" not in done.stderr
    assert done.status != 0


def test_help_imports_little() -> None:
    code = """
import sys
from openai_agents_session.__main__ import main
sys.argv = ["openai-agents-session", "list", "--help"]
try:
    main()
finally:
    assert not {"redis", "agents", "rich.table"} & set(sys.modules)
"""
    assert run(None, program=[sys.executable, "-c", code]).status == 0


def test_the_installed_program_and_the_module_are_the_same() -> None:
    program = [sys.executable, "-c", "from openai_agents_session.__main__ import main; main()"]
    assert run(None, "--help", program=program).stdout == run(None, "--help").stdout
    assert "Usage: openai-agents-session " in run(None, "list", "--help").stdout


def test_it_starts_in_at_most_three_times_the_time_of_its_libraries() -> None:
    def seconds(*arguments: str) -> float:
        code = (
            "import json, subprocess, sys, time\n"
            "began = time.perf_counter()\n"
            "subprocess.run([sys.executable, *sys.argv[1:]], check=True, capture_output=True)\n"
            "print(json.dumps(time.perf_counter() - began))"
        )
        done = run(None, *arguments, program=[sys.executable, "-c", code])
        return float(json.loads(done.stdout))

    libraries = min(seconds("-c", "import typer, rich, redis") for _ in range(3))
    ours = min(seconds(*PROGRAM[1:], "--version") for _ in range(3))
    opened = "from openai_agents_session import SyncRedisSessionManager as M; M(url='redis://')"
    code = f"import openai_agents_session._cli.app; {opened}.close()"
    assert max(ours, min(seconds("-c", code) for _ in range(3))) < 3 * libraries
