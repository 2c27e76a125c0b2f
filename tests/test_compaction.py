"""The SDK's compaction around both APIs: it replaces a history in one step, or not at all."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from agents.memory import openai_responses_compaction_session as sdk
from agents.memory import session as sdk_session
from agents.memory.session import SessionABC

from openai_agents_session import RedisSession, SyncRedisSession

from .support import wrappers
from .support.internals import script
from .support.wrappers import SUMMARY, TURNS, FakeOpenAI, compacting, talk

if TYPE_CHECKING:
    from .support.cluster import Cluster
    from .support.monitor import Monitor
    from .support.server import Server

KEY = "openai_agents_session:ada"
METHODS = {name for name, _ in inspect.getmembers(SessionABC, inspect.isfunction)}
HAS_SNAPSHOTS = hasattr(sdk_session, "_CompactionSnapshot")
needs_snapshots = pytest.mark.skipif(not HAS_SNAPSHOTS, reason="this SDK replaces no part")
needs_replacement = pytest.mark.skipif(
    "_atomic_replace_items" not in inspect.getsource(sdk), reason="this SDK clears and adds"
)


def scripts(monitor: Monitor) -> list[str]:
    """The mutations that the server was told to make, by their names."""
    names = {
        script("add.ADD").sha: "add",
        script("replace.CLEAR").sha: "clear",
        script("replace.REPLACE").sha: "replace",
        script("replace.REPLACE_TAIL").sha: "tail",
    }
    digests = [command[1].decode() for command in monitor.commands if command[0] == b"EVALSHA"]
    return [names[digest] for digest in digests if digest in names]


def roles(items: list[Any]) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


async def test_a_run_compacts_its_history(session: Any, openai: FakeOpenAI) -> None:
    wrapped = compacting(session, openai, least=4)
    await talk(wrapped, "Hello", TURNS[0])
    assert len(openai.requests) == 1
    assert roles(openai.requests[0]["input"]) == ["user", "assistant"] * 2
    assert await session.get_items() == SUMMARY
    answer = await talk(compacting(session, openai, least=99), TURNS[1])
    assert answer.startswith("This is turn 2. Your name: Ada. Your city: London.")


@needs_snapshots
async def test_a_run_replaces_in_one_step(server: Server, session: Any, openai: FakeOpenAI) -> None:
    wrapped = compacting(session, openai, least=2)
    await talk(wrapped, "Hello")  # the server learns the scripts
    await session.clear_session()
    with server.monitor() as monitor:
        await talk(compacting(session, openai, least=2), "Hello")
    assert scripts(monitor)[-1] == "tail"
    assert "clear" not in scripts(monitor)
    assert await session.get_items() == SUMMARY


@needs_snapshots
async def test_a_run_that_saw_a_part_replaces_that_part(session: Any, openai: FakeOpenAI) -> None:
    await talk(session, "Hello", "Hello again")
    older = await session.get_items()
    session.session_settings = {"limit": 2}
    await talk(compacting(session, openai, least=2), TURNS[0])
    assert await session.get_items(99) == [*older[:2], *SUMMARY]


@needs_snapshots
async def test_what_is_added_meanwhile_is_kept(
    session: Any, openai: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    late: Any = [{"role": "user", "content": "one moment"}]
    openai.meanwhile = lambda: session.add_items(late)
    with caplog.at_level(logging.WARNING):
        await talk(compacting(session, openai, least=2), "Hello")
    assert roles(await session.get_items()) == ["user", "assistant", "user"]
    assert "the stored suffix changed" in caplog.text


@pytest.mark.parametrize("start", [0, 2])
@needs_snapshots
async def test_the_snapshot_is_what_the_sdk_reads(session: Any, start: int) -> None:
    items: Any = [{"role": "user", "content": str(number)} for number in range(5)]
    await session.add_items(items)
    snapshot = await session._get_compaction_snapshot(4)
    assert isinstance(snapshot, sdk_session._CompactionSnapshot)
    assert (snapshot.items, snapshot.complete) == (items[1:], False)
    assert await snapshot.replace_suffix(start, SUMMARY) is True
    assert await session.get_items() == [*items[: 1 + start], *SUMMARY]
    assert await snapshot.replace_suffix(start, SUMMARY) is False


@needs_snapshots
async def test_on_a_cluster(cluster: Cluster) -> None:
    awaited = redis.asyncio.RedisCluster.from_url(cluster.url)
    blocking = redis.RedisCluster.from_url(cluster.url)
    session: Any
    for session in (
        RedisSession("ada", awaited),
        SyncRedisSession("bob", blocking).as_async(),
    ):
        await talk(compacting(session, FakeOpenAI(), least=4), "Hello", TURNS[0])
        assert await session.get_items() == SUMMARY
        assert await session._atomic_replace_items(SUMMARY[:1]) is True
        assert await session.get_items() == SUMMARY[:1]
    await awaited.aclose()
    blocking.close()


async def test_compaction_by_hand(server: Server, session: Any, openai: FakeOpenAI) -> None:
    await talk(session, "Hello", TURNS[0])
    await compacting(session, openai, least=99).run_compaction({"force": True})
    assert await session.get_items() == SUMMARY


@needs_replacement
async def test_compaction_by_hand_replaces_in_one_step(
    server: Server, session: Any, openai: FakeOpenAI
) -> None:
    await session._atomic_replace_items(SUMMARY)  # the server learns the script
    with server.monitor() as monitor:
        await compacting(session, openai, least=99).run_compaction({"force": True})
    assert scripts(monitor) == ["replace"]
    assert await session.get_items() == SUMMARY


def shout(items: Any) -> Any:
    return [{**item, "content": f"{item['content']}!"} for item in items]


def calm(items: Any) -> Any:
    return [{**item, "content": item["content"].removesuffix("!")} for item in items]


class Shouting(RedisSession):
    """Stores items in another form; what goes round its methods would lose that."""

    async def get_items(self, limit: int | None = None, *, skip: int = 0) -> Any:
        return calm(await super().get_items(limit, skip=skip))

    async def add_items(self, items: Any, *, idempotency_key: str | None = None) -> None:
        await super().add_items(shout(items))


class SyncShouting(SyncRedisSession):
    """The same for callers that block."""

    def get_items(self, limit: int | None = None, *, skip: int = 0) -> Any:
        return calm(super().get_items(limit, skip=skip))

    def add_items(self, items: Any, *, idempotency_key: str | None = None) -> None:
        super().add_items(shout(items))


@pytest.mark.parametrize("api", ["awaited", "blocking"])
async def test_methods_of_a_subclass_are_not_bypassed(
    server: Server, api: str, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrappers, "SUMMARY", [{"role": "user", "content": "in short"}])
    awaited = redis.asyncio.Redis(host=server.host, port=server.port)
    blocking = redis.Redis(host=server.host, port=server.port)
    session: Any = (
        Shouting("ada", awaited) if api == "awaited" else SyncShouting("ada", blocking).as_async()
    )
    await session.add_items([{"role": "user", "content": "Hello"}])
    assert await session._atomic_replace_items([]) is False
    assert await session._get_compaction_snapshot(5) is None
    await compacting(session, openai, least=99).run_compaction({"force": True})
    assert await session.get_items() == [{"role": "user", "content": "in short"}]
    assert blocking.lrange(KEY, 0, -1) == [b'{"role":"user","content":"in short!"}']
    await awaited.aclose()
    blocking.close()


class Counting(RedisSession):
    """Changes nothing about items."""

    async def count(self) -> int:
        return 1 + await super().count()


async def test_a_subclass_that_leaves_items_alone_keeps_the_hooks(server: Server) -> None:
    async with Counting.from_url("ada", server.url) as session:
        assert await session._atomic_replace_items(SUMMARY) is True


@pytest.mark.parametrize("name", sorted(METHODS))
async def test_a_subclass_that_changes_a_method_has_no_hooks(server: Server, name: str) -> None:
    async def changed(self: Any, *args: Any) -> Any:
        return None

    subclass: Any = type("Changed", (RedisSession,), {name: changed})
    async with subclass.from_url("ada", server.url) as session:
        assert await session._atomic_replace_items(SUMMARY) is False
        assert await session._get_compaction_snapshot(5) is None


async def test_an_sdk_without_snapshots_gets_none(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sdk_session, "_CompactionSnapshot", raising=False)
    assert await session._get_compaction_snapshot(5) is None


async def test_an_sdk_with_another_form_of_snapshots_gets_none(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot(items: Any, complete: bool, replace_suffix: Any, revision: int) -> None:
        pytest.fail("made without a revision")

    monkeypatch.setattr(sdk_session, "_CompactionSnapshot", snapshot, raising=False)
    assert await session._get_compaction_snapshot(5) is None
