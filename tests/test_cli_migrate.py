"""The command `migrate`, on what the SDK's RedisSession has written."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .support.transfers import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from .support.proxy import FaultProxy
    from .support.server import Server

OURS = "openai_agents_session"
THEIRS = "agents:session"
ITEMS: list[Any] = [
    {"role": "user", "content": 'Olá, "Ada" \u2028 \U0001f600 \ud800'},
    {"type": "function_call", "call_id": "1", "name": "f", "arguments": '{"n": 1.0}'},
    {"role": "assistant", "content": [{"type": "output_text", "text": "Hi", "n": 2**70}]},
]
MORE: list[Any] = [{"role": "user", "content": "And then?"}]


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


@pytest.fixture
async def theirs(server: Server) -> AsyncIterator[Callable[..., Any]]:
    """Make a session of the SDK's in Redis."""
    # Its newer releases do not import with redis-py 5.
    sdk = pytest.importorskip("agents.extensions.memory.redis_session", exc_type=ImportError)
    async with redis.asyncio.Redis(host=server.host, port=server.port) as awaited:
        yield partial(sdk.RedisSession, redis_client=awaited)


def source(server: Server) -> str:
    return f"sdk-{server.url}"


def ours(client: redis.Redis, session_id: str) -> Any:
    return SyncRedisSession(session_id, client).get_items()


def summary(text: bytes) -> str:
    return text.decode().splitlines()[-1]


async def test_from_redis(server: Server, client: redis.Redis, theirs: Callable[..., Any]) -> None:
    ids = ["ada", "id:with:colons", "ünï", "{tag}:1", "a b\nc", *map(str, range(200))]
    for session_id in ids:
        await theirs(session_id).add_items([*ITEMS, {"id": session_id}])
    await theirs("brief", ttl=100).add_items(ITEMS)
    await theirs("long").add_items([{"n": number} for number in range(3000)])
    await theirs("elsewhere", key_prefix="a*b").add_items(ITEMS)
    before = {key: client.dump(key) for key in client.scan_iter()}

    call = ("migrate", "--from", source(server))
    result = run(server, *call, "--dry-run")
    assert (result.returncode, result.stderr) == (0, b"")
    assert summary(result.stdout) == f"{len(ids) + 2} conversations: {len(ids) + 2} would be added"
    assert {key: client.dump(key) for key in client.scan_iter()} == before

    result = run(server, *call)
    assert (result.returncode, result.stderr) == (0, b"")
    assert summary(result.stdout) == f"{len(ids) + 2} conversations: {len(ids) + 2} added"
    for session_id in ids:
        assert ours(client, session_id) == await theirs(session_id).get_items()
    assert ours(client, "long") == [{"n": number} for number in range(3000)]
    assert 0 < client.ttl(f"{OURS}:brief") <= 100
    assert client.ttl(f"{OURS}:ada") == -1
    assert {key: client.dump(key) for key in before} == before
    assert summary(run(server, *call).stdout).endswith(f"{len(ids) + 2} already there")

    result = run(server, *call, "--from-prefix", "a*b", "--user", "alice")
    assert summary(result.stdout) == "1 conversation: 1 added"
    with SyncRedisSessionManager(client, key_prefix=OURS) as manager:
        assert manager.user("alice").session("elsewhere").get_items() == ITEMS
    assert run(server, *call, "--from-prefix", "a?b").stdout == b"no conversations\n"


async def test_what_is_there_already(
    server: Server, client: redis.Redis, theirs: Callable[..., Any]
) -> None:
    for session_id in ("begun", "continued since", "other"):
        await theirs(session_id).add_items(ITEMS)
    run(server, "migrate", "--from", source(server))
    SyncRedisSession("continued since", client).add_items(MORE)
    SyncRedisSession("other", client).replace_items(MORE)
    await theirs("begun").add_items(MORE)
    for dry_run in (("--dry-run",), ()):
        result = run(server, "migrate", "--from", source(server), "--json", *dry_run)
        records = [json.loads(line) for line in result.stdout.splitlines()]
        assert {record["session_id"]: record["outcome"] for record in records[:-1]} == {
            "begun": "continued",
            "continued since": "present",
            "other": "different",
        }
        assert (result.returncode, records[-1]["dry_run"]) == (1, bool(dry_run))
        assert b"other: it holds something else" in result.stderr
        assert ours(client, "begun") == (ITEMS if dry_run else ITEMS + MORE)
    assert ours(client, "continued since") == ITEMS + MORE
    assert ours(client, "other") == MORE


async def test_what_is_left_out_is_named(
    server: Server, client: redis.Redis, theirs: Callable[..., Any]
) -> None:
    await theirs("a}b").add_items(ITEMS)
    await theirs("nan").add_items([{"n": float("nan"), 1: "a non-string key"}])
    await theirs("broken").add_items(ITEMS)
    client.rpush(f"{THEIRS}:broken:messages", b"{", b"[1]", b"\xff", b"[" * 100_000)
    client.rpush(f"{THEIRS}:".encode() + b"\xff:messages", b"{}")
    client.rpush(f"{THEIRS}:only broken:messages", b"{")
    client.set(f"{THEIRS}:text:messages", b"{}")
    result = run(server, "migrate", "--from", source(server))
    assert result.returncode == 1
    assert summary(result.stdout) == "5 conversations: 2 added, 3 left out"
    notes = sorted(line.partition(": ")[2] for line in result.stderr.decode().splitlines())
    assert notes[0] == "\\xff: left out: its id is not UTF-8"
    assert notes[1].startswith("a}b: left out: session key")
    assert notes[2:] == [
        "broken: 4 elements left out: not JSON objects",
        "only broken: 1 element left out: not JSON objects",
    ]
    assert ours(client, "broken") == ITEMS
    assert repr(ours(client, "nan")) == "[{'n': nan, '1': 'a non-string key'}]"


async def test_a_source_that_loses_items_while_it_is_read(
    server: Server, client: redis.Redis, theirs: Callable[..., Any], proxy: FaultProxy
) -> None:
    await theirs("ada").add_items([{"n": number} for number in range(3000)])
    fault = proxy.arm("delay", b"LRANGE", skip=1)
    copying = asyncio.to_thread(run, server, "migrate", "--from", f"sdk-{proxy.url}")
    copy = asyncio.ensure_future(copying)
    await asyncio.to_thread(fault.wait)
    client.lpop(f"{THEIRS}:ada:messages", 100)
    fault.release()
    result = await copy
    assert (result.returncode, b"ada: items were removed" in result.stderr) == (1, True)


async def test_a_target_that_is_the_source(server: Server, theirs: Callable[..., Any]) -> None:
    await theirs("ada").add_items(ITEMS)
    result = run(server, "--prefix", THEIRS, "migrate", "--from", source(server))
    assert (result.returncode, b"ada: it holds something else" in result.stderr) == (1, True)
