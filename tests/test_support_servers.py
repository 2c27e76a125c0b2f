"""The servers of the tests do what they promise, and leave nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis

from .support.binary import NoServerError, find_binary
from .support.polling import until
from .support.resp import Connection, ReplyError, call
from .support.server import PortTakenError, Server, ServerError

# The raw client


def test_replies_of_every_kind(server: Server) -> None:
    with server.connect() as connection:
        script = "return {1, 'two', {'\\0\\r\\n'}, {err='OOPS it'}, {ok='fine'}, false}"
        replies: Any = connection.call("EVAL", script, 0)
        one, two, nested, error, fine, null = replies
        assert (one, two, nested, fine, null) == (1, b"two", [b"\0\r\n"], b"fine", None)
        assert isinstance(error, ReplyError)
        assert error.code == "OOPS"
        assert connection.call("ECHO", "é" * 100_000) == "é".encode() * 100_000
        assert connection.call("LRANGE", "none", 0, -1) == []


def test_an_error_is_raised_after_the_pipeline_was_read(server: Server) -> None:
    with server.connect() as connection:
        with pytest.raises(ReplyError, match="WRONGTYPE"):
            connection.pipeline(("SET", "k", 1), ("LPUSH", "k", 2), ("PING",))
        assert connection.call("GET", "k") == b"1"


# Which server


def test_the_environment_chooses_the_binary(monkeypatch: pytest.MonkeyPatch) -> None:
    path = find_binary().path
    monkeypatch.setenv("REDIS_SERVER", str(path))
    assert find_binary().path == path
    monkeypatch.setenv("REDIS_SERVER", "/no/such/server")
    with pytest.raises(NoServerError, match="/no/such/server"):
        find_binary()


def test_shims_on_path_are_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REDIS_SERVER", raising=False)
    for name, text in ("redis-server", "#!/bin/sh\nexit 127\n"), ("valkey-server", "no program"):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binary().path.parent != tmp_path


def test_no_server_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_SERVER", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("tests.support.binary.find_spec", lambda name: None)
    with pytest.raises(NoServerError, match="install redis-server"):
        find_binary()


# One server


def test_the_server_is_ours_and_gone_afterwards() -> None:
    with Server(unix_socket=True, maxmemory_policy="noeviction", maxmemory="50mb") as server:
        assert int(server.info("server")["process_id"]) == server.pid
        assert server.command("CONFIG", "GET", "maxmemory") == [b"maxmemory", b"52428800"]
        assert server.unix_socket is not None
        assert call(server.unix_socket, "PING") == b"PONG"
        with closing(redis.Redis.from_url(server.url)) as client:
            assert client.ping()
        directory, pid, address = server.directory, server.pid, server.address
    assert not directory.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ConnectionRefusedError):
        call(address, "PING")


def test_a_password_is_used_and_is_part_of_the_url() -> None:
    with Server(requirepass="p@ss w/rd") as server:
        assert server.command("PING") == b"PONG"
        with closing(redis.Redis.from_url(server.url)) as client:
            assert client.ping()
        with pytest.raises(ReplyError, match="NOAUTH"):
            call(server.address, "PING")


def test_a_bad_option_shows_the_log() -> None:
    with pytest.raises(ServerError, match="no-such-option"), Server(no_such_option="1"):
        pass


def test_a_taken_port_is_left_for_another(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    offers = [server.port, server.port]
    free_port = Server.start.__globals__["free_port"]
    monkeypatch.setattr(
        "tests.support.server.free_port", lambda bus: offers.pop() if offers else free_port(bus=bus)
    )
    with Server() as other:
        assert not offers
        assert other.port != server.port
        assert other.pid != server.pid


def test_a_port_taken_during_a_restart_is_an_error(server: Server) -> None:
    with Server() as other:
        other.kill()
        with socket.create_server(other.address), pytest.raises(PortTakenError):
            other.restart()


def test_an_append_only_file_survives_a_kill() -> None:
    with Server(appendonly="yes") as server:
        server.command("RPUSH", "list", "a", "b")
        port, pid = server.port, server.pid
        server.kill()
        assert not server.alive
        server.restart()
        assert server.command("LRANGE", "list", 0, -1) == [b"a", b"b"]
        assert server.port == port
        assert server.pid != pid


def test_without_one_a_restart_is_empty() -> None:
    with Server() as server:
        server.command("SET", "k", "v")
        server.restart()
        assert server.command("EXISTS", "k") == 0


def test_a_paused_server_is_silent_and_can_be_stopped() -> None:
    with Server() as server:
        server.pause()
        with Connection(server.address, timeout=0.05) as connection, pytest.raises(TimeoutError):
            connection.call("PING")
        server.resume()
        assert server.command("PING") == b"PONG"
        server.pause()
        started = time.monotonic()
        server.stop()
        assert not server.alive
        assert time.monotonic() - started < 4


def test_a_killed_run_leaves_nothing_behind() -> None:
    code = (
        "from tests.support.server import Server\n"
        "server = Server().start()\n"
        "print(server.port, server.directory, flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        port, directory = run.stdout.readline().split()
        run.kill()
    until(lambda: not Path(directory).exists(), 10, "the directory to go")
    until(lambda: _is_refused(int(port)), 10, "the server to go")


def _is_refused(port: int) -> bool:
    try:
        call(("127.0.0.1", port), "PING")
    except ConnectionRefusedError:
        return True
    except OSError:  # it is about to go
        return False
    return False


# What a server was told


def test_the_monitor_sees_what_clients_send(server: Server) -> None:
    value = bytes(range(256)) + '"é\\'.encode()
    with closing(redis.Redis.from_url(server.url)) as client:
        with server.monitor() as monitor:
            client.set("k", value)
            monitor.sync()
            assert monitor.commands == [(b"SET", b"k", value)]
            client.eval("return redis.call('GET', KEYS[1])", 1, "k")
            with client.pipeline(transaction=False) as pipeline:
                pipeline.lrange("l", 0, -1)
                pipeline.expire("l", 9)
                pipeline.execute()
        client.get("after")
    assert monitor.names == ["SET", "EVAL", "LRANGE", "EXPIRE"]
    assert monitor.everything[-1] == (b"EXPIRE", b"l", b"9")


def test_the_monitor_ends_with_its_server() -> None:
    with Server() as server, server.monitor() as monitor:
        server.command("SET", "k", "v")
        server.kill()
    assert monitor.names == ["SET"]
