"""The commands that show the items of a conversation."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import DEFAULT_KEY_PREFIX, SyncRedisSessionManager

from .support.command_line import call, started, succeed
from .support.transfers import peak_megabytes, run, store_many

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from openai_agents_session import SyncRedisSession

    from .support.proxy import FaultProxy
    from .support.server import Server

KEY = f"{DEFAULT_KEY_PREFIX}:ada"


def message(text: str, role: str = "user") -> Any:
    return {"role": role, "content": text}


@pytest.fixture
def manager(server: Server) -> Iterator[SyncRedisSessionManager]:
    with SyncRedisSessionManager(
        url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=None
    ) as manager:
        yield manager


@pytest.fixture
def session(manager: SyncRedisSessionManager) -> SyncRedisSession:
    return manager.session("ada")


def test_the_items_are_those_that_are_stored(
    server: Server, manager: SyncRedisSessionManager
) -> None:
    items: list[Any] = [
        {"role": "user", "content": "caf\u00e9 \U0001f600 \ud800 \u202e \x7f \x1b[2J"},
        {"type": "function_call", "name": "f", "arguments": '{"n": 1}', "call_id": "1"},
        {"type": "function_call_output", "output": "line\nline", "call_id": "1"},
        {"n": 2**80, "x": 1.0, "none": None, "empty": {}},
    ]
    manager.session("ada").add_items(items)
    manager.store_message("ada", "user", "with metadata", {"channel": "web"})
    done = succeed(server, "show", "ada", "--json")
    assert done.objects == [*items, manager.get_history("ada")[-1]]
    assert done.objects[-1]["metadata"] == {"channel": "web"}
    assert not {"\x1b", "\x7f"} & set(done.stdout)
    assert repr(done.objects[3]["x"]) == "1.0"


def test_numbers_and_blanks_of_foreign_items(server: Server) -> None:
    element = b' {"a": 1e400,\r\n\t"b": 0.10,  "c": 1E5, "d": "caf\xc3\xa9"}\n'
    server.command("RPUSH", KEY, element)
    [line] = succeed(server, "show", "ada", "--json").lines
    assert line == '{"a": 1e400,   "b": 0.10,  "c": 1E5, "d": "caf\\u00e9"}'


def test_elements_that_are_not_items(server: Server, session: SyncRedisSession) -> None:
    session.add_items([message("first")])
    foreign = [b"junk\x1b[2J", b"[1]", b'{"a": NaN}', b"\xff", b"[" * 100_000]
    server.command("RPUSH", KEY, *foreign)
    session.add_items([message("last")])
    done = call(server, "show", "ada", "--json")
    assert done.status == 0
    assert [item["content"] for item in done.objects] == ["first", "last"]
    assert "5 elements" in done.stderr
    shown = succeed(server, "show", "ada").lines
    assert shown.count("(not an item)") == 5
    assert "    junk\\x1b[2J" in shown
    assert "    \\xff" in shown


@pytest.mark.parametrize("last", [0, 1, 3, 4, 9, 600])
def test_the_last_items(server: Server, session: SyncRedisSession, last: int) -> None:
    session.add_items([message("0"), message("1")])
    server.command("RPUSH", KEY, "junk", "junk")
    session.add_items([message("2"), message("3")])
    done = call(server, "show", "ada", "--last", str(last), "--json")
    numbers = [str(number) for number in range(4)]
    assert [item["content"] for item in done.objects] == numbers[len(numbers) - min(last, 4) :]
    assert len(call(server, "show", "ada", "--last", "2").lines) == 4


def test_more_items_than_are_read_at_a_time(server: Server, session: SyncRedisSession) -> None:
    session.add_items([message(str(number)) for number in range(1_201)])
    for last, first in ((None, 0), (1_001, 200), (700, 501)):
        options = [] if last is None else ["--last", str(last)]
        done = succeed(server, "show", "ada", "--json", *options)
        assert [int(item["content"]) for item in done.objects] == list(range(first, 1_201))


@pytest.mark.parametrize("options", [[], ["--last", "700"]])
def test_items_that_are_removed_while_they_are_read(
    server: Server, proxy: FaultProxy, session: SyncRedisSession, options: list[str]
) -> None:
    elements = [b'{"n":%d}' % number for number in range(1_000)]
    session.append_raw_elements(elements, at=0)
    reads_before = 2 if options else 0  # to find where the last ones begin
    fault = proxy.arm("delay", b"LRANGE", skip=reads_before)
    with ThreadPoolExecutor(1) as thread:
        show = thread.submit(run, proxy, "show", "ada", "--json", *options)
        fault.wait()  # Redis has answered
        server.command("LTRIM", KEY, 1, -1)
        fault.release()
        done = show.result()
    assert done.returncode == 1
    assert b"items of 'ada' were removed while it was read" in done.stderr
    shown = done.stdout.splitlines()
    assert shown == elements[len(elements) - 700 if options else 0 :][: len(shown)]


def test_items_that_are_removed_before_any_is_shown(
    server: Server, proxy: FaultProxy, session: SyncRedisSession
) -> None:
    elements = [b'{"n":%d}' % number for number in range(1_000)]
    session.append_raw_elements(elements, at=0)
    fault = proxy.arm("delay", b"LRANGE")
    with ThreadPoolExecutor(1) as thread:
        show = thread.submit(run, proxy, "show", "ada", "--json", "--last", "200")
        fault.wait()
        server.command("LTRIM", KEY, 1, -1)
        fault.release()
        done = show.result()
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines() == elements[-200:]


@pytest.mark.parametrize("options", [[], ["--last", "500"]])
def test_memory_does_not_grow_with_what_is_shown(server: Server, options: list[str]) -> None:
    element = b'{"role":"user","content":"%s"}' % (b"x" * 100_000)
    store_many(server, {"short": [element], "long": [element] * 600})
    small = peak_megabytes(server, "show", "short", "--json")
    assert peak_megabytes(server, "show", "long", "--json", *options) < small + 35


def test_how_items_look(server: Server, session: SyncRedisSession) -> None:
    parts = [
        {"type": "input_text", "text": "Look:"},
        {"type": "input_image", "image_url": "x"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "x"},
        {"type": "refusal", "refusal": "No."},
        5,
    ]
    items: list[Any] = [
        message("one\nuser\r\ntwo"),
        {"role": "assistant", "type": "message", "content": parts},
        {"type": "function_call", "name": "weather", "arguments": '{"city": "Rome"}'},
        {"type": "function_call_output", "output": "Sunny"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
        {"type": "other", "n": 1},
        {"role": "user\nassistant", "content": None},
    ]
    session.add_items(items)
    assert succeed(server, "show", "ada").lines == [
        *("user", "    one", "    user", "    two"),
        *("assistant", "    Look:", "    [image]", "    [file a.pdf]", "    No.", "    5"),
        *("function_call weather", '    {"city": "Rome"}'),
        *("function_call_output", "    Sunny"),
        *("reasoning", "    Hm"),
        *("other", '    {"n": 1}'),
        *("user\\nassistant", "    null"),
    ]


def test_a_conversation_of_a_user(server: Server, manager: SyncRedisSessionManager) -> None:
    manager.user("alice").session("ada").add_items([message("hers")])
    assert succeed(server, "--user", "alice", "show", "ada").lines == ["user", "    hers"]
    assert call(server, "show", "ada").status == 1
    assert call(server, "show", "ada", "--user", "bob").status == 1


def test_a_key_of_another_type(server: Server) -> None:
    server.command("SET", KEY, "text")
    for command in ("show", "stats"):
        done = call(server, command, "ada")
        assert (done.status, done.stdout) == (1, "")
        assert "WRONGTYPE" in done.stderr
    assert server.command("GET", KEY) == b"text"


def shown(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return str(json.loads(process.stdout.readline())["content"])


def test_following_a_conversation(server: Server, session: SyncRedisSession) -> None:
    session.add_items([message(str(number)) for number in range(12)])
    with started(server, "follow", "ada", "--json", "--last", "2") as process:
        assert [shown(process) for _ in range(2)] == ["10", "11"]
        session.add_items([message("12"), message("13")])
        assert [shown(process) for _ in range(2)] == ["12", "13"]
        session.pop_item()
        session.add_items([message("another"), message("and one")])
        assert [shown(process) for _ in range(2)] == ["another", "and one"]
        session.replace_items([message("new"), message("newer")])
        assert [shown(process) for _ in range(2)] == ["new", "newer"]
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.count("no longer in the conversation") == 2
    assert "Traceback" not in stderr


def test_following_a_long_conversation(
    server: Server, session: SyncRedisSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    session.add_items([message(str(number)) for number in range(1_201)])
    monkeypatch.setattr(time, "sleep", interrupt)  # when all was shown
    done = call(server, "follow", "ada", "--last", "1100", "--json")
    assert done.status == 130
    assert [int(item["content"]) for item in done.objects] == list(range(101, 1_201))


def test_following_a_conversation_that_is_trimmed(server: Server) -> None:
    with SyncRedisSessionManager(
        url=server.url, key_prefix=DEFAULT_KEY_PREFIX, ttl=None, max_items=4
    ) as manager:
        session = manager.session("ada")
        with started(server, "follow", "ada", "--json") as process:
            for number in range(20):  # it does not exist at first
                session.add_items([message(str(number))])
                assert shown(process) == str(number)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=60)
    assert stderr == ""


def test_a_reader_that_leaves_ends_following(server: Server, session: SyncRedisSession) -> None:
    session.add_items([message("1")])
    with started(server, "follow", "ada", "--json") as process:
        assert shown(process) == "1"
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(60) == 0  # nothing more is added
        assert process.stderr.read() == ""
