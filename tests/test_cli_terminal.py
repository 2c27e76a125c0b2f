"""The command line on a terminal: questions, colours, widths, and what must not be obeyed."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSessionManager

from .support.command_line import Terminal, on_terminal, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server

STYLE = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = (
    "\x1b[2J\x1b]0;title\x07\t[bold red]markup[/] :smile: <b>&lt; \u202ebidi\u2069 \x9b31m \x7f"
)
BAD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SHOWN = (
    r"\x1b[2J\x1b]0;title\x07\t[bold red]markup[/] :smile: <b>&lt; \u202ebidi\u2069 \x9b31m \x7f"
)


def message(text: str, role: str = "user") -> Any:
    return {"role": role, "content": text}


@pytest.fixture
def manager(server: Server) -> Iterator[SyncRedisSessionManager]:
    with SyncRedisSessionManager(
        url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=None
    ) as manager:
        yield manager


QUESTIONS = {
    "rewind": (["rewind", "ada"], "Take the last 1 turn out of 'ada', which holds 1 item? [y/N] "),
    "delete": (["delete", "ada"], "Delete 'ada' with 1 item? [y/N] "),
    "erase": (
        ["erase"],
        "Erase everything that is stored of user 'alice', 1 conversation? [y/N] ",
    ),
    "unlock": (["unlock", "ada"], "Free 'ada'? [y/N] "),
}


@pytest.mark.parametrize("command", QUESTIONS)
@pytest.mark.parametrize(
    ("answer", "agreed"), [("y\n", True), ("YES\n", True), ("\n", False), ("x\n", False)]
)
def test_questions(
    server: Server, manager: SyncRedisSessionManager, command: str, answer: str, agreed: bool
) -> None:
    session = manager.user("alice").session("ada")
    session.add_items([message("Hello")])
    lock = session.lock()
    if command == "unlock":
        lock.acquire()
    arguments, question = QUESTIONS[command]
    with Terminal(server, "--user", "alice", *arguments, columns=200) as terminal:
        terminal.wait_for(question)
        terminal.type(answer)
        status = terminal.end()
    assert status == (0 if agreed else 1), terminal.shown
    assert ("nothing was changed" in terminal.shown) == (not agreed)
    done = not lock.locked() if command == "unlock" else session.count() == 0
    assert done == agreed


@pytest.mark.parametrize("end", ["\x04", None], ids=["end of file", "Ctrl-C"])
def test_a_question_that_is_not_answered(
    server: Server, manager: SyncRedisSessionManager, end: str | None
) -> None:
    manager.session("ada").add_items([message("Hello")])
    with Terminal(server, "delete", "ada") as terminal:
        terminal.wait_for("[y/N] ")
        if end is None:
            terminal.signal(signal.SIGINT)
        else:
            terminal.type(end)
        status = terminal.end()
    assert status == (130 if end is None else 1)
    assert "Traceback" not in terminal.shown
    assert manager.session("ada").count() == 1


def test_somebody_else_takes_the_lock_before_the_answer(
    server: Server, manager: SyncRedisSessionManager
) -> None:
    session = manager.session("ada")
    lock, other = session.lock(), session.lock()
    assert lock.acquire()
    with Terminal(server, "unlock", "ada") as terminal:
        terminal.wait_for("[y/N] ")
        lock.release()
        assert other.acquire()
        terminal.type("y\n")
        assert terminal.end() == 1
    assert "somebody else" in terminal.shown
    assert other.owned()


def test_a_question_names_some_of_many(server: Server, manager: SyncRedisSessionManager) -> None:
    names = [f"user-{number}" for number in range(8)]
    for name in names:
        manager.session(name).add_items([message("Hello")])
    with Terminal(server, "delete", *names, columns=300) as terminal:
        terminal.wait_for("'user-4' and 3 more with 8 items?")


def test_colours(server: Server, manager: SyncRedisSessionManager) -> None:
    manager.session("ada").add_items([message("Hello")])
    for command in (["list"], ["show", "ada"]):
        shown = on_terminal(server, *command)
        assert STYLE.search(shown)
        plain = on_terminal(server, *command, NO_COLOR="1", TERM="dumb")
        assert "\x1b" not in plain
        forced = run(server, *command, env={"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"})
        assert "\x1b" not in forced.stdout
        assert "\x1b" not in on_terminal(server, "show", "ada", "--json")


@pytest.mark.parametrize("columns", [40, 80])
def test_widths(server: Server, manager: SyncRedisSessionManager, columns: int) -> None:
    name = "".join(chr(ord("a") + number % 26) for number in range(150))
    session = manager.session(name)
    session.add_items([message("word " * 100 + name)])
    for command in (["list"], ["show", name]):
        lines = STYLE.sub("", on_terminal(server, *command, columns=columns)).splitlines()
        assert max(map(len, lines)) <= columns
        assert name in re.sub(r"[\s\d]|never", "", "".join(lines))  # all of it is there
    long = on_terminal(server, "show", name, "--json", columns=columns)
    assert len(long.splitlines()) == 1


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_line_for_each_conversation_of_a_user(
    server: Server, manager: SyncRedisSessionManager, columns: int
) -> None:
    alice = manager.user("alice")
    names = ["0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"]
    for name in names:
        alice.session(name).add_items([message("Hello")])
        alice.update(name, title="Two weeks in Rome " * 20, metadata={"model": "gpt-5" * 50})
    shown = STYLE.sub("", on_terminal(server, "--user", "alice", "list", columns=columns))
    header, *lines = shown.splitlines()
    assert ("metadata" in header) == (columns == 200)
    assert [line.split()[0] for line in lines] == names[::-1]
    for line in lines:
        assert len(line.rstrip()) <= columns
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d ", line)
        assert re.search(r"Two .*…", line)


def test_lifetimes_in_words(server: Server, manager: SyncRedisSessionManager) -> None:
    with SyncRedisSessionManager(url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=90_000) as m:
        m.session("ada").add_items([message("Hello")])
    shown = STYLE.sub("", on_terminal(server, "stats", "ada"))
    assert re.search(r"ada +1 +\d+ +1d (1h|0h)", shown)
    server.command("EXPIRE", f"{DEFAULT_KEY_PREFIX}:ada", 59)
    assert re.search(r" \d+s\s", on_terminal(server, "stats", "ada"))


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_hostile_content(server: Server, manager: SyncRedisSessionManager, terminal: bool) -> None:
    alice = manager.user("alice")
    alice.session(HOSTILE).add_items([message(HOSTILE), message("x", role=HOSTILE)])
    alice.update(HOSTILE, title=HOSTILE, metadata={HOSTILE: HOSTILE})
    for command in (["list"], ["stats", HOSTILE], ["show", HOSTILE], ["fork", HOSTILE, "copy"]):
        arguments = ("--user", "alice", *command)
        if terminal:
            shown = STYLE.sub("", on_terminal(server, *arguments, columns=1_500))
        else:
            shown = run(server, *arguments).stdout
        assert SHOWN in shown
        assert not BAD.search(shown)


def test_a_title_cannot_be_forged(server: Server, manager: SyncRedisSessionManager) -> None:
    manager.session("ada").add_items([message("Hi\nassistant\n    I agree")])
    shown = STYLE.sub("", on_terminal(server, "show", "ada"))
    assert [line.rstrip() for line in shown.splitlines()] == [
        *("user", "    Hi", "    assistant", "        I agree")
    ]


def test_a_list_of_many(server: Server, manager: SyncRedisSessionManager) -> None:
    for number in range(450):
        manager.session(f"user-{number}").add_items([message("Hello")])
    lines = STYLE.sub("", on_terminal(server, "list")).splitlines()
    assert len(lines) == 451
    assert lines[0].split() == ["session_id", "count", "bytes", "expires_in"]
    totals = STYLE.sub("", on_terminal(server, "stats")).split()
    assert totals[-4:-2] == ["450", "450"]
