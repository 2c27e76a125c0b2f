"""The proxy breaks connections as it is told, and in no other way."""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from contextlib import closing

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .support.frames import Framer
from .support.proxy import FaultProxy
from .support.resp import Connection, call, encode
from .support.server import Server


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


def test_a_recording(proxy: FaultProxy) -> None:
    with closing(client_of(proxy)) as client:
        with proxy.recording() as recorded:
            client.set("k", "v")
            with client.pipeline(transaction=False) as pipeline:
                pipeline.get("k")
                pipeline.ping()
                pipeline.execute()
        client.ping()
    assert recorded == [encode("SET", "k", "v"), encode("GET", "k"), encode("PING")]


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
    with closing(client_of(proxy, timeout=0.5)) as client:
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
