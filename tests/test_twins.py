"""The two APIs are one: the same names and signatures, and each reads what the other wrote."""

from __future__ import annotations

import asyncio
import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from fakeredis import FakeAsyncRedis, FakeRedis, FakeServer

from openai_agents_session import (
    RedisSession,
    RedisSessionManager,
    SyncRedisSession,
    SyncRedisSessionManager,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.server import Server

Pair = tuple["redis.asyncio.Redis", "redis.Redis"]

ITEMS: Any = [
    {"role": "user", "content": "\ud800 \U0001f600 é", "n": 10**30, "f": 1.0, "deep": [[{}]]},
    {"type": "function_call", "call_id": "1", "name": "weather", "arguments": '{"city": "Rome"}'},
]


@pytest.fixture(params=["server", "server-decoded", "fake", "fake-decoded"])
def clients(request: pytest.FixtureRequest, server: Server) -> Callable[[], Pair]:
    """Make an asyncio and a blocking client of the same data."""
    kind, _, decoded = request.param.partition("-")
    options: dict[str, Any] = {"decode_responses": bool(decoded)}
    fake = FakeServer()

    def make() -> Pair:
        if kind == "fake":
            return FakeAsyncRedis(server=fake, **options), FakeRedis(server=fake, **options)
        return (
            redis.asyncio.Redis(host=server.host, port=server.port, **options),
            redis.Redis(host=server.host, port=server.port, **options),
        )

    return make


async def test_each_reads_what_the_other_wrote(clients: Callable[[], Pair]) -> None:
    awaited, blocking = clients()
    ours = RedisSession("user-123", awaited, ttl=100)
    twin = SyncRedisSession("user-123", blocking, ttl=100)
    await ours.add_items(ITEMS)
    assert twin.get_items() == ITEMS
    twin.add_items([{"role": "user", "content": "from the twin"}])
    assert (await ours.get_items())[-1] == {"role": "user", "content": "from the twin"}
    assert await ours.pop_item() == {"role": "user", "content": "from the twin"}
    assert twin.count() == await ours.count() == 2
    assert twin.expires_in() == await ours.expires_in() == 100
    twin.replace_items(ITEMS[:1])
    assert await ours.get_items() == ITEMS[:1]
    async with ours.lock(blocking_timeout=0):
        assert twin.lock(blocking_timeout=0).acquire() is False
    with twin.lock(blocking_timeout=0):
        assert await ours.lock(blocking_timeout=0).acquire() is False
    await ours.clear_session()
    assert twin.get_items() == []
    await awaited.aclose()
    blocking.close()


async def test_each_knows_the_turns_of_the_other(clients: Callable[[], Pair]) -> None:
    awaited, blocking = clients()
    ours, twin = RedisSession("user-123", awaited), SyncRedisSession("user-123", blocking)
    question: Any = {"role": "user", "content": "from a turn"}
    async with ours.turn("first") as turn:
        await turn.add_items([question])
    with twin.turn("first") as repeated:
        assert repeated.repeated
        assert repeated.items == [question]
    with twin.turn("second") as begun:
        begun.add_items([question])
    async with ours.turn("second") as turn:
        assert turn.repeated
    twin.add_items([question], idempotency_key="a batch")
    await ours.add_items([question], idempotency_key="a batch")
    assert await ours.count() == 3
    assert twin.fork("copy", rewind=1).get_items() == []
    assert await ours.rewind() == [question] * 3
    await awaited.aclose()
    blocking.close()


def public_members(cls: type) -> dict[str, object]:
    return {
        name: inspect.getattr_static(cls, name)
        for name in dir(cls)
        if not name.startswith("_") or name in {"__init__", "_key"}
    }


def test_the_public_names_are_the_same() -> None:
    ours, twin = public_members(RedisSession), public_members(SyncRedisSession)
    assert set(twin) - set(ours) == {"as_async"}
    assert set(ours) - set(twin) == set()


@pytest.mark.parametrize("name", public_members(RedisSession))
def test_the_signatures_are_the_same(name: str) -> None:
    ours, twin = getattr(RedisSession, name), getattr(SyncRedisSession, name)
    if not callable(ours):
        assert not callable(twin)
        return
    expected, found = inspect.signature(ours), inspect.signature(twin)
    returns = {"Turn": "SyncTurn"}.get(expected.return_annotation, expected.return_annotation)
    assert found == expected.replace(return_annotation=returns)
    assert not inspect.iscoroutinefunction(twin)


MANAGED = {
    "RedisSession": "SyncRedisSession",
    "AsyncIterator[str]": "Iterator[str]",
    "UserSessions": "SyncUserSessions",
}


def test_the_public_names_of_the_managers_are_the_same() -> None:
    assert set(public_members(RedisSessionManager)) == set(public_members(SyncRedisSessionManager))


@pytest.mark.parametrize("name", public_members(RedisSessionManager))
def test_the_signatures_of_the_managers_are_the_same(name: str) -> None:
    ours, twin = getattr(RedisSessionManager, name), getattr(SyncRedisSessionManager, name)
    if not callable(ours):
        assert not callable(twin)
        return
    expected, found = inspect.signature(ours), inspect.signature(twin)
    returns = MANAGED.get(expected.return_annotation, expected.return_annotation)
    assert found == expected.replace(return_annotation=returns)
    assert not inspect.iscoroutinefunction(twin)
    text = inspect.getdoc(twin) or ""
    assert text
    assert "await" not in text


async def test_each_manager_reads_what_the_other_stored(clients: Callable[[], Pair]) -> None:
    awaited, blocking = clients()
    ours, twin = RedisSessionManager(awaited), SyncRedisSessionManager(blocking)
    assert await ours.store_message("user-123", "user", "Olá", {"n": 1})
    assert twin.get_history("user-123") == [
        {"role": "user", "content": "Olá", "metadata": {"n": 1}}
    ]
    assert twin.store_message("user-123", "assistant", "Hi")
    assert await ours.get_history("user-123") == twin.get_history("user-123")
    assert await ours.stats("user-123") == twin.stats("user-123")
    assert [i async for i in ours.session_ids()] == list(twin.session_ids()) == ["user-123"]
    assert await ours.session("user-123").get_items() == twin.session("user-123").get_items()
    assert await ours.clear_session("user-123")
    assert twin.get_history("user-123") == []
    await awaited.aclose()
    blocking.close()


def test_the_bridges_have_the_same_names_and_signatures() -> None:
    for package in ("openai_agents_session", __package__):
        ours, twin = import_module(f"{package}._aio"), import_module(f"{package}._blocking")
        assert ours.__all__ == twin.__all__
        for name in ours.__all__:
            one, other = getattr(ours, name), getattr(twin, name)
            if inspect.isfunction(one):
                assert _parameters(one) == _parameters(other), name


def _parameters(function: Callable[..., object]) -> list[tuple[str, object]]:
    return [(p.name, p.kind) for p in inspect.signature(function).parameters.values()]


def test_every_public_member_is_documented_for_its_own_world() -> None:
    for name, member in public_members(SyncRedisSession).items():
        if name == "_key":
            continue
        text = inspect.getdoc(getattr(SyncRedisSession, name)) or ""
        assert text, name
        if not isinstance(member, property) and name != "as_async":
            assert "await" not in text, name
    assert "await session.get_items" in (RedisSession.__doc__ or "")
    assert " session.get_items" in (SyncRedisSession.__doc__ or "")
    assert "SyncRedisSession.from_url" in (SyncRedisSession.__doc__ or "")


def test_a_session_can_be_made_outside_a_loop_and_used_in_one(server: Server) -> None:
    client = redis.asyncio.Redis(host=server.host, port=server.port)
    session = RedisSession("user-123", client)

    async def use() -> list[Any]:
        await session.add_items(ITEMS)
        items: list[Any] = list(await session.get_items())
        await client.aclose()
        return items

    assert asyncio.run(use()) == ITEMS
