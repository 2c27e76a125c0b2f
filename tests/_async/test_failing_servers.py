# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Servers that are gone, silent, loading, full or read-only: a clear error, nothing half done."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)

from openai_agents_session import RedisSession

from .._aio import Redis, Retry
from ..support.internals import RETRY_SECONDS, replace_pause, script, stored_list
from ..support.resp import encode
from ..support.server import Server

if TYPE_CHECKING:
    from ..support.proxy import FaultProxy

KEY = "openai_agents_session:user-123"
SLACK = 2.0  # seconds that a busy machine may add

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


@pytest.mark.slow
async def test_a_server_that_is_down(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("user-123", proxy.url) as session:
        await session.add_items([A])
        proxy.refuse()
        for operation in (session.pop_item, session.get_items, lambda: session.add_items([B])):
            started = time.monotonic()
            with pytest.raises(ConnectionError, match=f"session key '{KEY}': .*[Cc]onnect"):
                await operation()
            assert RETRY_SECONDS * 0.8 < time.monotonic() - started < RETRY_SECONDS + SLACK
        assert await session.ping() is False
        proxy.accept()
        assert await session.get_items() == [A]


async def test_a_server_that_comes_back_in_time(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = 0

    async def come_back(seconds: float) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 3:
            proxy.accept()

    replace_pause(monkeypatch, come_back)
    async with RedisSession.from_url("user-123", proxy.url) as session:
        proxy.refuse()
        await session.add_items([A])
        assert await session.get_items() == [A]


async def test_a_server_that_says_nothing(server: Server) -> None:
    options = {"socket_timeout": 0.5}
    async with RedisSession.from_url("user-123", server.url, redis_kwargs=options) as session:
        await session.add_items([A])
        server.pause()
        try:
            started = time.monotonic()
            with pytest.raises(TimeoutError, match=f"session key '{KEY}'"):
                await session.add_items([B])
            assert time.monotonic() - started < RETRY_SECONDS + 0.5 + SLACK
        finally:
            server.resume()
        # The caller cannot know whether it was added; if it was, then once.
        assert await session.get_items() in ([A], [A, B])


async def test_a_client_that_retries_is_not_made_to_do_so_again(server: Server) -> None:
    client = Redis(
        host=server.host,
        port=server.port,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 2),
        retry_on_error=[TimeoutError, ConnectionError],
    )
    session = RedisSession("user-123", client)
    await session.add_items([A])
    server.pause()
    try:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            await client.get("anything")
        alone = time.monotonic() - started
        started = time.monotonic()
        with pytest.raises(TimeoutError, match=f"session key '{KEY}'"):
            await session.get_items()
        assert time.monotonic() - started < alone + 1.0
    finally:
        server.resume()
    await client.aclose()


async def test_a_wrong_password_is_tried_once(server: Server) -> None:
    url = f"redis://user:wrong@{server.host}:{server.port}"
    async with RedisSession.from_url("user-123", url) as session:
        with server.monitor() as monitor, pytest.raises((AuthenticationError, ResponseError)):
            await session.add_items([A])
        sent = [command[0].upper() for command in monitor.everything]
        assert sent.count(b"AUTH") + sent.count(b"HELLO") <= 2


async def test_a_server_that_is_full(own_server: Server) -> None:
    async with RedisSession.from_url("user-123", own_server.url, ttl=1000) as session:
        await session.add_items([A, B])
        own_server.command("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(OutOfMemoryError):
            await session.add_items([A])
        with pytest.raises(OutOfMemoryError):
            await session.replace_items([B])
        assert await session.get_items() == [A, B]
        assert await session.pop_item() == B
        assert await session.get_items() == [A]
        await session.clear_session()
        assert await session.get_items() == []


async def test_a_server_that_is_full_without_a_ttl(own_server: Server) -> None:
    async with RedisSession.from_url("user-123", own_server.url) as session:
        await session.add_items([A, B])
        own_server.command("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(OutOfMemoryError):
            await session.add_items([A])
        assert await session.pop_item() == B
        assert await session.get_items() == [A]
        await session.replace_items([])
        assert await session.get_items() == []


@pytest.mark.parametrize(
    ("name", "args"), [("add.ADD", ()), ("add.ADD_AND_TRIM", (9,)), ("replace.REPLACE", ())]
)
async def test_a_call_that_is_repeated_when_the_server_has_become_full(
    own_server: Server, name: str, args: tuple[int, ...]
) -> None:
    async with RedisSession.from_url("user-123", own_server.url, ttl=1000) as session:
        history = stored_list(session)
        receipt = history.new_receipt()
        await history.mutate(script(name), receipt, *args, b"{}")
        own_server.command("CONFIG", "SET", "maxmemory", "1")
        for _ in range(2):
            await history.mutate(script(name), receipt, *args, b"{}")
        assert await session.get_items() == [{}]


async def test_a_refused_call_may_be_repeated(own_server: Server) -> None:
    async with RedisSession.from_url("user-123", own_server.url, ttl=1000) as session:
        history = stored_list(session)
        receipt = history.new_receipt()
        own_server.command("SET", KEY, "no list")
        for _ in range(2):
            with pytest.raises(ResponseError, match="WRONGTYPE"):
                await history.mutate(script("add.ADD"), receipt, b"{}")
        assert own_server.command("TTL", KEY) == -1
        own_server.command("DEL", KEY)
        await history.mutate(script("add.ADD"), receipt, b"{}")
        assert await session.get_items() == [{}]


async def test_a_server_that_is_read_only(own_server: Server) -> None:
    async with RedisSession.from_url("user-123", own_server.url, ttl=1000) as session:
        await session.add_items([A, B])
        own_server.command("REPLICAOF", "127.0.0.1", "1")
        for operation in (
            lambda: session.add_items([A]),
            lambda: session.replace_items([A]),
            session.pop_item,
            session.clear_session,
        ):
            with pytest.raises(ReadOnlyError):
                await operation()
        assert await session.get_items() == [A, B]
        assert await session.get_items(limit=1) == [B]
        assert await session.count() == 2
        assert await session.expires_in() is not None


async def test_a_server_without_its_replicas(own_server: Server) -> None:
    async with RedisSession.from_url("user-123", own_server.url, ttl=1000) as session:
        await session.add_items([A, B])
        own_server.command("CONFIG", "SET", "min-replicas-to-write", "1")
        for operation in (lambda: session.add_items([A]), session.pop_item):
            with pytest.raises(ResponseError, match=r"^NOREPLICAS"):
                await operation()
        assert await session.get_items() == [A, B]


async def test_a_server_that_cannot_save(own_server: Server) -> None:
    async with RedisSession.from_url("user-123", own_server.url, ttl=1000) as session:
        await session.add_items([A, B])
        shutil.rmtree(own_server.directory)
        own_server.command("CONFIG", "SET", "save", "3600 1")
        own_server.command("BGSAVE")
        own_server.wait_info("persistence", "rdb_last_bgsave_status", "err")
        with pytest.raises(ResponseError, match=r"^MISCONF"):
            await session.add_items([A])
        assert await session.get_items() == [A, B]


async def test_a_server_without_scripts() -> None:
    with Server({"rename-command": ["EVALSHA", ""]}) as server:
        server.command("RPUSH", KEY, '{"role":"user","content":"a"}')
        async with RedisSession.from_url("user-123", server.url) as session:
            assert await session.get_items() == [A]
        async with RedisSession.from_url("user-123", server.url, ttl=1000) as session:
            with pytest.raises(ResponseError, match=r"unknown command .EVALSHA"):
                await session.get_items()
        assert server.command("TTL", KEY) == -1


async def test_a_server_that_is_loading(own_server: Server) -> None:
    async with RedisSession.from_url("user-123", own_server.url, ttl=1000) as session:
        await session.add_items([A])
        own_server.command("CONFIG", "SET", "rdbcompression", "no")
        fill = "for n = 1, 200 do redis.call('SET', n, string.rep('x', 200000)) end"
        own_server.command("EVAL", fill, "0")
        own_server.command("CONFIG", "SET", "key-load-delay", "50000")  # microseconds, for each key
        with own_server.connect(timeout=20) as connection:
            connection.socket.sendall(encode("DEBUG", "RELOAD"))
            own_server.wait_info("persistence", "loading", "1")
            with pytest.raises(BusyLoadingError, match=f"session key '{KEY}'"):
                await session.add_items([B])
            if own_server.binary.version >= (7,):  # an older one refuses that while it is loading
                own_server.command("CONFIG", "SET", "key-load-delay", "0")
            assert connection.read() == b"OK"
        assert await session.get_items() == [A]
