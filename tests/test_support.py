"""The servers and the proxy that the other tests rely on do what they promise."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .support.binary import NoServerError, find_binary
from .support.frames import Framer
from .support.proxy import FaultProxy
from .support.resp import Connection, ReplyError, call, encode
from .support.server import PortTakenError, Server, ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def server(shared: Server) -> Server:
    shared.command("FLUSHALL")
    return shared


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(server.host, server.port) as proxy:
        yield proxy


# The raw client


def test_replies_of_every_kind(server: Server) -> None:
    with server.connect() as connection:
        script = "return {1, 'two', {'\\0\\r\\n'}, {err='OOPS it'}, {ok='fine'}, false}"
        one, two, nested, error, fine, null = connection.call("EVAL", script, 0)  # type: ignore[misc]
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


# The proxy


def client_of(proxy: FaultProxy, *, retries: int = 0, timeout: float = 5.0) -> redis.Redis:
    retry = Retry(NoBackoff(), retries)
    return redis.Redis(host=proxy.host, port=proxy.port, retry=retry, socket_timeout=timeout)


def test_frames_in_any_pieces() -> None:
    frames = [
        encode("SET", "k", b"\r\n$5\r\n"),
        b"PING\r\n",
        b"*0\r\n",
        b"*-1\r\n",
        b"$-1\r\n",
        b"*2\r\n*1\r\n:1\r\n$0\r\n\r\n",
        b"%1\r\n+a\r\n*1\r\n_\r\n",
        b"|1\r\n+ttl\r\n:3\r\n*1\r\n#t\r\n",
        b">2\r\n+message\r\n=7\r\ntxt:abc\r\n",
    ]
    stream = b"".join(frames)
    for size in (1, 2, 7, len(stream)):
        framer = Framer()
        pieces = [stream[i : i + size] for i in range(0, len(stream), size)]
        assert [frame for piece in pieces for frame in framer.feed(piece)] == frames


def test_requests_are_round_trips(proxy: FaultProxy) -> None:
    with closing(client_of(proxy)) as client:
        client.ping()
        before = proxy.stats
        assert before.connections == 1
        client.set("k", "x" * 1_000_000)
        assert len(client.get("k") or b"") == 1_000_000
        with client.pipeline(transaction=False) as pipeline:
            pipeline.lrange("l", 0, -1)
            pipeline.expire("l", 9)
            pipeline.ping()
            assert pipeline.execute() == [[], False, True]
        assert proxy.stats.requests - before.requests == 3
        assert proxy.stats.commands - before.commands == 5


@pytest.mark.parametrize("reset", [True, False])
def test_cut_after_runs_the_command_and_loses_the_answer(server: Server, reset: bool) -> None:
    with (
        FaultProxy(server.host, server.port, reset=reset) as proxy,
        closing(client_of(proxy)) as client,
    ):
        fault = proxy.arm("cut_after", b"RPUSH")
        assert client.ping()
        with pytest.raises(redis.ConnectionError):
            client.rpush("list", "a")
        fault.wait()
        assert server.command("LRANGE", "list", 0, -1) == [b"a"]
        assert client.rpush("list", "b") == 2
        assert (fault.fired, proxy.stats.fired) == (1, 1)


def test_a_client_that_retries_writes_twice(proxy: FaultProxy) -> None:
    proxy.arm("cut_after", times=2)
    with closing(client_of(proxy, retries=2)) as client:
        assert client.rpush("list", "a") == 3


def test_cut_after_inside_a_pipeline_runs_all_of_it(server: Server, proxy: FaultProxy) -> None:
    proxy.arm("cut_after", b"second")
    with Connection(proxy.address) as connection:
        commands = [("RPUSH", "list", word) for word in ("first", "second", "third")]
        with pytest.raises(ConnectionError):
            connection.pipeline(*commands)
    assert server.command("LLEN", "list") == 3


def test_cut_before_loses_the_command(server: Server, proxy: FaultProxy) -> None:
    fault = proxy.arm("cut_before", b"second")
    with closing(client_of(proxy)) as client:
        client.rpush("list", "first")
        with pytest.raises(redis.ConnectionError):
            client.rpush("list", "second")
        fault.wait()
        assert server.command("LRANGE", "list", 0, -1) == [b"first"]


def test_skip_passes_the_first_matches(server: Server, proxy: FaultProxy) -> None:
    proxy.arm("cut_before", b"RPUSH", skip=2)
    with closing(client_of(proxy)) as client:
        assert [client.rpush("list", "a"), client.rpush("list", "b")] == [1, 2]
        with pytest.raises(redis.ConnectionError):
            client.rpush("list", "c")


def test_a_probability_with_the_same_seed_strikes_the_same(server: Server) -> None:
    def outcome(seed: int) -> list[bool]:
        with FaultProxy(server.host, server.port, seed=seed) as proxy:
            proxy.arm("cut_before", times=None, probability=0.5)
            return [_survives(proxy) for _ in range(20)]

    first = outcome(7)
    assert outcome(7) == first
    assert {True, False} == set(first)


def _survives(proxy: FaultProxy) -> bool:
    try:
        return call(proxy.address, "PING") == b"PONG"
    except OSError:
        return False


def test_delay_outlasts_the_client(server: Server, proxy: FaultProxy) -> None:
    fault = proxy.arm("delay", b"RPUSH")
    with closing(client_of(proxy, timeout=0.1)) as client:
        with pytest.raises(redis.TimeoutError):
            client.rpush("list", "a")
        fault.wait()
        assert client.llen("list") == 1


async def test_a_delay_is_released(server: Server, proxy: FaultProxy) -> None:
    fault = proxy.arm("delay", b"RPUSH")
    push = asyncio.create_task(asyncio.to_thread(call, proxy.address, "RPUSH", "list", "a"))
    await asyncio.to_thread(fault.wait)
    assert server.command("LLEN", "list") == 1
    assert not push.done()
    fault.release()
    assert await push == 1


def test_a_delay_of_seconds(proxy: FaultProxy) -> None:
    with closing(client_of(proxy)) as client:
        client.ping()
        proxy.arm("delay", seconds=0.1)
        started = time.monotonic()
        client.ping()
        assert time.monotonic() - started >= 0.1


def test_latency_is_added_once_per_round_trip(proxy: FaultProxy) -> None:
    with Connection(proxy.address) as connection:
        connection.call("SET", "big", "x" * 500_000)
        proxy.latency = 0.1, 0.11
        started = time.monotonic()
        connection.pipeline(*[("GET", "big")] * 5)
        assert 0.1 <= time.monotonic() - started < 0.4


def test_a_blackhole_swallows_its_connection(server: Server, proxy: FaultProxy) -> None:
    fault = proxy.arm("blackhole", b"RPUSH")
    with (
        Connection(proxy.address, timeout=0.1) as lost,
        Connection(proxy.address) as other,
    ):
        lost.call("PING")
        for _ in range(2):
            lost.socket.sendall(encode("RPUSH", "list", "a"))
        fault.wait()
        with pytest.raises(TimeoutError):
            lost.read()
        assert other.call("LLEN", "list") == 0


def test_refuse_and_accept(proxy: FaultProxy) -> None:
    port = proxy.port
    with closing(client_of(proxy)) as client:
        client.ping()
        proxy.refuse()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        with pytest.raises(OSError, match="refused") as refusal:
            call(proxy.address, "PING")
        assert refusal.value.errno == errno.ECONNREFUSED
        proxy.accept()
        assert proxy.port == port
        assert client.ping()


def test_cut_all_reaches_every_connection(proxy: FaultProxy) -> None:
    connections = [Connection(proxy.address) for _ in range(5)]
    for connection in connections:
        connection.call("PING")
    proxy.cut_all()
    for connection in connections:
        with pytest.raises(ConnectionError), connection:
            connection.read()
    assert call(proxy.address, "PING") == b"PONG"


def test_retarget(proxy: FaultProxy) -> None:
    with Server() as other:
        other.command("SET", "who", "other")
        assert call(proxy.address, "GET", "who") is None
        proxy.retarget(other.host, other.port)
        assert call(proxy.address, "GET", "who") == b"other"
        other.kill()
        with pytest.raises(ConnectionError):
            call(proxy.address, "PING")


def test_a_client_sees_that_its_server_died() -> None:
    with (
        Server() as server,
        FaultProxy(server.host, server.port) as proxy,
        Connection(proxy.address) as connection,
    ):
        connection.call("PING")
        server.kill()
        with pytest.raises(ConnectionError):
            connection.read()


def test_closing_ends_everything_at_once(server: Server) -> None:
    threads = threading.active_count()
    with FaultProxy(server.host, server.port) as proxy:
        proxy.arm("delay", b"PING")
        connection = Connection(proxy.address)
        connection.socket.sendall(encode("PING"))
        server.pause()
        started = time.monotonic()
    assert time.monotonic() - started < 1
    server.resume()
    with pytest.raises(ConnectionError), connection:
        connection.read()
    assert threading.active_count() == threads
