"""The page about moving here, from 0.1.0 and from the SDK's class for Redis: its own scripts."""

from __future__ import annotations

import inspect
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from redis.exceptions import NoPermissionError

from openai_agents_session import RedisSession, SyncRedisSession

from .support.migration import HELLO, MORE, ours, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .support.server import Server

OURS = "openai_agents_session"
THEIRS = "agents:session"


@pytest.fixture
async def client(server: Server) -> AsyncIterator[redis.asyncio.Redis]:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    yield client
    await client.aclose()


async def close(names: dict[str, Any]) -> None:
    """Close the client with which a block leaves its reader."""
    if "client" in names:
        await names["client"].aclose()
    if "blocking_client" in names:
        names["blocking_client"].close()


async def items_of(session: Any) -> Any:
    items = session.get_items()
    return await items if inspect.isawaitable(items) else items


# From 0.1.0


def add_as_0_1_0(
    connection: redis.Redis, key: str, items: list[Any], ttl: timedelta | int | None = None
) -> None:
    """Do what 0.1.0 did, word for word except for the awaiting."""
    serialized = [json.dumps(item) for item in items]
    connection.rpush(key, *serialized)
    if ttl is not None:
        connection.expire(key, ttl)


def get_as_0_1_0(connection: Any, key: str) -> list[Any]:
    return [json.loads(item) for item in connection.lrange(key, 0, -1)]


async def test_what_0_1_0_stored_is_found_and_read(
    api: int, server: Server, connection: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = [*HELLO, {"n": float("nan"), 1: "a non-string key"}]
    add_as_0_1_0(connection, f"{OURS}:ada", stored, ttl=100)
    add_as_0_1_0(connection, f"{OURS}:{123}", HELLO)
    add_as_0_1_0(connection, f"{OURS}:", HELLO)
    add_as_0_1_0(connection, f"{OURS}:a}}b", HELLO)
    before = connection.keys("*")

    await run("as found", api, server)
    assert sorted(capsys.readouterr().out.splitlines()) == ["123 3", "ada 4"]
    assert (connection.keys("*"), connection.ttl(f"{OURS}:ada")) == (before, 100)

    items = ours(connection, "ada")
    assert items[:-1] == HELLO
    assert repr(items[-1]) == "{'n': nan, '1': 'a non-string key'}"
    assert ours(connection, "123") == HELLO
    assert connection.renamenx(f"{OURS}:a}}b", f"{OURS}:a-b")
    assert ours(connection, "a-b") == HELLO


async def test_both_releases_may_work_on_a_conversation(
    session: Any, connection: redis.Redis
) -> None:
    add_as_0_1_0(connection, f"{OURS}:ada", HELLO)
    await session.add_items(MORE + HELLO)
    add_as_0_1_0(connection, f"{OURS}:ada", MORE)
    assert await session.pop_item() == MORE[0]
    expected = HELLO + MORE + HELLO
    assert await session.get_items() == get_as_0_1_0(connection, f"{OURS}:ada") == expected
    assert list(connection.scan_iter(match=f"{OURS}:*")) == [f"{OURS}:ada"]
    side_keys = connection.keys(f"{{{OURS}:ada}}:~*")
    assert all(0 < connection.ttl(key) <= 120 for key in side_keys)
    assert len(side_keys) == connection.dbsize() - 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"session_id": 123}, TypeError),
        ({"session_id": ""}, ValueError),
        ({"key_prefix": ""}, ValueError),
        ({"session_id": "a}b"}, ValueError),
        ({"key_prefix": "p", "session_id": "{a}:~:lock"}, ValueError),
        ({"redis_client": object()}, TypeError),
        ({"ttl": timedelta(hours=1)}, TypeError),
        ({"ttl": 0}, ValueError),
    ],
)
async def test_what_0_1_0_took(
    arguments: dict[str, Any], error: type[Exception], client: redis.asyncio.Redis
) -> None:
    with pytest.raises(error):
        RedisSession(**{"session_id": "ada", "redis_client": client, **arguments})


async def test_a_user_with_the_rights_that_0_1_0_needed(own_server: Server) -> None:
    rights = [f"~{OURS}:*", "+lrange", "+rpush", "+rpop", "+expire", "+del"]
    own_server.command("ACL", "SETUSER", "old", "on", ">secret", *rights)
    with redis.Redis(
        host=own_server.host, port=own_server.port, username="old", password="secret"
    ) as limited:
        session = SyncRedisSession("ada", limited)
        add_as_0_1_0(limited, session.key, HELLO)
        assert session.get_items() == HELLO
        with pytest.raises(NoPermissionError):
            session.add_items(HELLO)


# From the SDK's RedisSession


@pytest.fixture
def theirs(client: redis.asyncio.Redis) -> Any:
    """Make a session of the SDK's, by its id."""
    # Its newer releases do not import with redis-py 5.
    sdk = pytest.importorskip("agents.extensions.memory.redis_session", exc_type=ImportError)

    def session(session_id: str, ttl: int | None = None) -> Any:
        return sdk.RedisSession(session_id, redis_client=client, ttl=ttl)

    return session


async def test_reading_where_it_lies(
    api: int, server: Server, theirs: Any, connection: redis.Redis
) -> None:
    old = theirs("user-123", 100)
    await old.add_items(HELLO)
    names = await run("def session_of", api, server)
    new = names["session_of"]("user-123")
    assert await items_of(new) == HELLO
    assert connection.ttl(f"{THEIRS}:user-123:messages") > 100  # reading refreshes it
    added = new.add_items(MORE)
    if inspect.isawaitable(added):
        await added
    await old.add_items(HELLO)
    assert await old.pop_item() == HELLO[-1]
    expected = [*HELLO, *MORE, *HELLO[:-1]]
    assert await items_of(new) == await old.get_items() == expected
    connection.delete(f"{THEIRS}:user-123")  # as when it expires
    assert await items_of(new) == await old.get_items() == expected
    await close(names)


async def test_reading_an_encrypted_one_where_it_lies(
    theirs: Any, client: redis.asyncio.Redis
) -> None:
    extension = pytest.importorskip("agents.extensions.memory.encrypt_session")
    before = extension.EncryptedSession("user-123", theirs("user-123"), "a key for tests")
    await before.add_items(HELLO[1:])
    here = RedisSession("user-123:messages", client, key_prefix=THEIRS)
    after = extension.EncryptedSession("user-123", here, "a key for tests")
    assert await after.get_items() == HELLO[1:]


async def test_copying(
    api: int,
    server: Server,
    theirs: Any,
    connection: redis.Redis,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = ["ada", "id:with:colons", "ünï", "{tag}:1", "a b\nc", *map(str, range(1200))]
    for session_id in ids:
        await theirs(session_id).add_items([*HELLO, {"id": session_id}])
    await theirs("brief", 100).add_items(HELLO)
    await theirs("a}b").add_items(HELLO)
    await theirs("begun").add_items(HELLO)
    connection.rpush(f"{OURS}:begun", json.dumps(MORE[0]))
    before = set(connection.keys(f"{THEIRS}:*"))

    await run("client.copy(name", api, server)
    left_out, counts = capsys.readouterr().out.splitlines()
    assert left_out.startswith("left out: session key 'openai_agents_session:a}b' contains '}'")
    assert counts == f"{len(ids) + 1} copied, 1 were there"
    for session_id in ids:
        assert ours(connection, session_id) == [*HELLO, {"id": session_id}]
    assert ours(connection, "begun") == MORE
    assert 0 < connection.ttl(f"{OURS}:brief") <= 100
    assert connection.ttl(f"{OURS}:ada") == -1
    assert set(connection.keys(f"{THEIRS}:*")) == before

    await theirs("late").add_items(HELLO)  # as if the script had been stopped before this one
    SyncRedisSession("ada", connection).add_items(MORE)
    await run("client.copy(name", api, server)
    assert capsys.readouterr().out.splitlines()[1] == f"1 copied, {len(ids) + 2} were there"
    assert ours(connection, "ada") == [*HELLO, {"id": "ada"}, *MORE]
    assert ours(connection, "late") == HELLO


async def test_copying_back(api: int, server: Server, theirs: Any, connection: redis.Redis) -> None:
    await theirs("ada").add_items(HELLO)
    await theirs("cleared").add_items(HELLO)
    await run("client.copy(name", api, server)
    SyncRedisSession("ada", connection).add_items(MORE)
    SyncRedisSession("cleared", connection).clear_session()
    SyncRedisSession("new", connection, ttl=100).add_items(MORE)

    await run("replace=True", api, server)
    assert await theirs("ada").get_items() == HELLO + MORE
    assert await theirs("new").get_items() == MORE
    assert await theirs("cleared").get_items() == HELLO
    await theirs("new", 50).add_items(HELLO)
    assert await theirs("new").get_items() == MORE + HELLO
    assert connection.hget(f"{THEIRS}:new", "session_id") == "new"
    assert 0 < connection.ttl(f"{THEIRS}:new:messages") <= 50


async def test_moving(
    api: int,
    server: Server,
    theirs: Any,
    connection: redis.Redis,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await theirs("ada").add_items(HELLO)
    await theirs("brief", 100).add_items(HELLO)
    move = ("client.copy(", "client.renamenx(")
    await run("client.copy(name", api, server, move)
    assert ours(connection, "ada") == ours(connection, "brief") == HELLO
    assert 0 < connection.ttl(f"{OURS}:brief") <= 100
    SyncRedisSession("ada", connection).clear_session()
    await run("client.copy(name", api, server, move)
    assert ours(connection, "ada") == []
    assert capsys.readouterr().out.splitlines() == [
        "2 copied, 0 were there",
        "0 copied, 0 were there",
    ]


async def test_deleting_the_old_keys(
    api: int, server: Server, theirs: Any, connection: redis.Redis
) -> None:
    await theirs("ada").add_items(HELLO)
    await theirs("brief", 100).add_items(HELLO)
    await run("client.copy(name", api, server)
    await run("old.unlink", api, server)
    assert sorted(connection.keys("*")) == [f"{OURS}:ada", f"{OURS}:brief"]


async def test_what_the_sdk_does_otherwise(theirs: Any, connection: redis.Redis) -> None:
    old = theirs("ada", 100)
    messages = f"{THEIRS}:ada:messages"
    await old.add_items([{"n": float("nan"), 1: "a non-string key"}, *HELLO])
    connection.rpush(messages, '["no object"]')
    connection.expire(messages, 50)
    assert await old.pop_item() == ["no object"]
    assert repr((await old.get_items())[0]) == "{'n': nan, '1': 'a non-string key'}"
    assert connection.ttl(messages) <= 50
    theirs("ada", -1)
