"""The command `export` as JSON Lines: what is stored, as it is stored."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import redis

from openai_agents_session import SyncRedisSessionManager

from .support.transfers import on_terminal, peak_megabytes, run, start, store_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .support.proxy import FaultProxy
    from .support.server import Server

ODD = [b"\xff\xfe", b"", b"[1]", b"no JSON", b'{"a":\n 1.0}', '{"ü": "\u202e"}'.encode(), b"\x7f"]


ITEM: list[Any] = [{}]


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


def lines(text: bytes) -> list[Any]:
    assert text.isascii()
    return [json.loads(line) for line in text.splitlines()]


def test_elements_are_exported_as_they_are(server: Server, client: redis.Redis) -> None:
    store_many(server, {"ada": ODD, "grace hopper\n": [b"{}"]})
    client.expire("openai_agents_session:ada", 500)
    result = run(server, "export", "ada", "grace hopper\n", "ada")
    first, ada, *elements, grace, only, last = lines(result.stdout)
    assert (result.returncode, result.stderr) == (0, b"")
    assert first == {"format": "openai-agents-session export", "version": 1}
    assert ada == {"session_id": "ada", "expires_in": ada["expires_in"]}
    assert 490 < ada["expires_in"] <= 500
    texts = [{"element": element.decode()} for element in ODD[1:]]
    assert elements == [{"base64": "//4="}, *texts]
    assert (grace, only) == (
        {"session_id": "grace hopper\n", "expires_in": None},
        {"element": "{}"},
    )
    assert last == {"end": True, "sessions": 2, "elements": len(ODD) + 1}
    assert 490 < client.ttl("openai_agents_session:ada") <= 500


def test_all_conversations_with_a_prefix(server: Server) -> None:
    store_many(server, {str(number): [b"{}"] for number in range(1500)})
    with SyncRedisSessionManager(url=server.url, key_prefix="other") as manager:
        manager.session("elsewhere").add_items(ITEM)
    records = lines(run(server, "export", "--all").stdout)
    ids = [record["session_id"] for record in records if "session_id" in record]
    assert sorted(ids, key=int) == [str(number) for number in range(1500)]
    assert records[-1] == {"end": True, "sessions": 1500, "elements": 1500}
    assert len(lines(run(server, "--prefix", "other", "export", "--all").stdout)) == 4
    assert len(lines(run(server, "--prefix", "third", "export", "--all").stdout)) == 2


def test_titles_and_metadata_of_a_user(server: Server) -> None:
    with SyncRedisSessionManager(url=server.url, key_prefix="p", ttl=None) as manager:
        alice = manager.user("alice")
        for number in range(250):
            alice.session(str(number)).add_items(ITEM)
        alice.update("7", title="Rome ü", metadata={"n": 1.0})
        manager.session("hers?").add_items(ITEM)
    everything = lines(run(server, "--prefix", "p", "--user", "alice", "export", "--all").stdout)
    one = lines(run(server, "--prefix", "p", "--user", "alice", "export", "7", "8").stdout)
    heads = [record for record in everything if "session_id" in record]
    seven = {"session_id": "7", "expires_in": None, "title": "Rome ü", "metadata": {"n": 1.0}}
    assert [head["session_id"] for head in heads] == [str(number) for number in range(250)]
    assert seven in heads
    assert one[1] == seven
    assert one[3] == {"session_id": "8", "expires_in": None}


def test_what_cannot_be_exported_is_named(server: Server, client: redis.Redis) -> None:
    store_many(server, {"ada": [b"{}"]})
    client.set("openai_agents_session:text", "x")
    result = run(server, "export", "gone\x1b[1m", "text", "ada")
    gone, text = result.stderr.decode().splitlines()
    assert result.returncode == 1
    assert "gone\\x1b[1m: there is no such conversation" in gone
    assert "text: " in text
    assert "WRONGTYPE" in text
    assert lines(result.stdout)[-1] == {"end": True, "sessions": 1, "elements": 1}
    assert b"gone: there is no" in run(server, "--user", "eve", "export", "gone").stderr
    for call in (("export",), ("export", "ada", "--all"), ("export", "")):
        assert run(server, *call).returncode == 2


def test_a_long_conversation_that_changes_meanwhile(
    server: Server, proxy: FaultProxy, client: redis.Redis
) -> None:
    numbers = [b'{"n":%d}' % number for number in range(5000)]
    store_many(server, {"grows": numbers, "shrinks": numbers})

    def grow() -> None:
        client.rpush("openai_agents_session:grows", *numbers)

    def shrink() -> None:
        client.ltrim("openai_agents_session:shrinks", 1, -1)

    def export_during(change: Callable[[], object], session_id: str) -> tuple[Any, ...]:
        fault = proxy.arm("delay", b"LRANGE", skip=1)
        with ThreadPoolExecutor(1) as thread:
            export = thread.submit(run, proxy, "export", session_id)
            fault.wait()  # Redis has answered the second call already
            change()
            fault.release()
            result = export.result()
        return result.returncode, lines(result.stdout), result.stderr

    status, records, errors = export_during(grow, "grows")
    assert (status, errors) == (0, b"")
    elements = [record["element"].encode() for record in records if "element" in record]
    assert elements == numbers + numbers
    status, records, errors = export_during(shrink, "shrinks")
    assert status == 1
    assert b"shrinks: items were removed while it was read" in errors
    elements = [record["element"].encode() for record in records if "element" in record]
    assert elements == numbers[: records[-1]["elements"]]


def test_a_file_is_there_as_a_whole_or_not_at_all(
    server: Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    store_many(server, {str(number): [b'{"n":1}'] * 10 for number in range(3000)})
    path = tmp_path / "all.jsonl"
    assert run(server, "export", "--all", "-o", path).stdout == b""
    whole = path.read_bytes()
    assert lines(whole)[-1] == {"end": True, "sessions": 3000, "elements": 30_000}
    assert path.stat().st_mode & 0o077 == 0
    patient = ("--url", f"{proxy.url}?socket_timeout=60")
    for kind in (signal.SIGINT, signal.SIGKILL):
        fault = proxy.arm("delay", b"LRANGE", skip=100)
        with start(proxy, *patient, "export", "--all", "-o", path) as process:
            fault.wait(timeout=60)  # in the middle: it waits for what Redis has answered
            assert len([*tmp_path.iterdir()]) == 2
            process.send_signal(kind)
            assert process.wait(30) == (130 if kind == signal.SIGINT else -kind)
        assert path.read_bytes() == whole
        assert len([*tmp_path.iterdir()]) == (1 if kind == signal.SIGINT else 2)
    assert run(server, "export", "1", "-o", tmp_path / "no" / "folder").returncode == 1


def test_ids_together_with_all(server: Server) -> None:
    result = run(server, "export", "--all", "user-123")
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"not both" in result.stderr
    assert b"not both" not in run(server, "export").stderr


def test_a_device_is_written_to_and_not_replaced(server: Server, tmp_path: Path) -> None:
    store_many(server, {"ada": [b"{}"]})
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        read = thread.submit(pipe.read_bytes)
        assert run(server, "export", "ada", "-o", pipe).returncode == 0
        assert lines(read.result())[-1]["sessions"] == 1
    assert pipe.is_fifo()
    assert run(server, "export", "ada", "-o", "-").stdout.endswith(b'"elements": 1}\n')


def test_a_user_without_the_rights(own_server: Server, tmp_path: Path) -> None:
    rights = ("on", "nopass", "~*", "+@connection", "+scan", "+llen", "+ttl")
    own_server.command("ACL", "SETUSER", "eve", *rights)
    store_many(own_server, {"ada": [b"{}"]})
    url = own_server.url.replace("redis://", "redis://eve:any@")
    result = run(own_server, "--url", url, "export", "--all", "-o", tmp_path / "all.jsonl")
    assert (result.returncode, b"lrange" in result.stderr) == (1, True)
    assert not [*tmp_path.iterdir()]


def test_a_conversation_that_moves_to_the_front_meanwhile(
    server: Server, proxy: FaultProxy
) -> None:
    with SyncRedisSessionManager(url=server.url, ttl=None, key_prefix="p") as manager:
        alice = manager.user("alice")
        for number in range(150):
            alice.session(str(number)).add_items(ITEM)
        assert alice.count() == 150  # the server knows the script from now on
        fault = proxy.arm("delay", b"alice}~index")
        with ThreadPoolExecutor(1) as thread:
            export = thread.submit(
                run, proxy, "--prefix", "p", "--user", "alice", "export", "--all"
            )
            fault.wait()  # Redis has answered with the first 100 of them
            alice.session("3").add_items(ITEM)
            fault.release()
            records = lines(export.result().stdout)
    ids = [record["session_id"] for record in records if "session_id" in record]
    assert sorted(ids, key=int) == [str(number) for number in range(150)]


def test_progress_is_shown_on_a_terminal_alone(server: Server, tmp_path: Path) -> None:
    store_many(server, {str(number): [b"{}"] * 10 for number in range(200)})
    path = tmp_path / "all.jsonl"
    status, seen = on_terminal(server, "export", "--all", "-o", path)
    assert status == 0
    assert b"Exporting" in seen
    with start(server, "export", "--all", "-o", path) as process:
        assert process.communicate(timeout=60) == (b"", b"")
    status, seen = on_terminal(server, "export", "1")
    assert lines(seen)[-1]["sessions"] == 1


def test_a_reader_that_leaves_is_no_error(server: Server) -> None:
    store_many(server, {"long": [b'{"n":1}'] * 50_000})
    with start(server, "export", "long") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (0, b"")


@pytest.mark.parametrize("form", [(), ("--html",)])
def test_memory_does_not_grow_with_what_is_exported(
    form: tuple[str, ...], server: Server, tmp_path: Path
) -> None:
    element = b'{"role":"user","content":"%s"}' % (b"x" * 1000)
    store_many(server, {"short": [element], "long": [element] * 40_000})
    path = tmp_path / "export"
    small = peak_megabytes(server, "export", "short", "-o", path, *form)
    large = peak_megabytes(server, "export", "long", "-o", path, *form)
    assert path.stat().st_size > 40_000_000
    assert large < small + 10
