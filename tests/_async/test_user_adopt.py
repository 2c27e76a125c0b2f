# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Making one of a manager's own sessions a conversation of a user, on a server and on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError

from openai_agents_session import RedisSessionManager, TurnConflictError

from .._aio import Redis, RedisCluster
from ..support.internals import before_removal, fail_to_remove
from ..support.users import A, B, info

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

PLAIN = "session:holiday"


@pytest.fixture(params=["server", "decoded", "resp3", "cluster", "fake"])
async def manager(request: pytest.FixtureRequest) -> AsyncIterator[RedisSessionManager]:
    """A manager on a server of every topology."""
    if request.param == "fake":
        async with RedisSessionManager(url=f"memory://adopt-{id(request)}", ttl=None) as manager:
            yield manager
        return
    if request.param == "cluster":
        cluster: Cluster = request.getfixturevalue("cluster")
        host, port = cluster.startup[0]
        client: Any = RedisCluster(host=host, port=port)
    else:
        server: Server = request.getfixturevalue("server")
        options: dict[str, Any] = {"decoded": {"decode_responses": True}, "resp3": {"protocol": 3}}
        client = Redis(host=server.host, port=server.port, **options.get(request.param, {}))
    yield RedisSessionManager(client, ttl=None)
    await client.aclose()


@pytest.fixture
async def clustered(cluster_client: RedisCluster) -> RedisSessionManager:
    """A manager on a cluster, where a conversation is copied."""
    return RedisSessionManager(cluster_client, ttl=None)


def user(text: str) -> Any:
    return {"role": "user", "content": text}


async def test_there_is_none(manager: RedisSessionManager) -> None:
    alice = manager.user("alice")
    assert await alice.adopt("holiday") is False
    assert await alice.count() == 0


async def test_it_is_the_users_from_now_on(manager: RedisSessionManager) -> None:
    alice = manager.user("alice")
    await manager.session("holiday").add_items([A, B, A])
    assert await alice.adopt("holiday") is True
    assert await alice.session("holiday").get_items() == [A, B, A]
    assert await manager.session("holiday").count() == 0
    [found] = (await alice.page()).sessions
    assert (found.session_id, found.count, found.title, found.expires_in) == (
        "holiday",
        3,
        None,
        None,
    )
    assert await alice.adopt("holiday") is True
    assert [each async for each in manager.session_ids()] == []
    await manager.session("holiday").add_items([B])
    with pytest.raises(ValueError, match="holiday"):
        await alice.adopt("holiday")


async def test_both_exist(manager: RedisSessionManager) -> None:
    alice = manager.user("alice")
    await manager.session("holiday").add_items([A])
    await alice.session("holiday").add_items([B])
    before = await alice.page()
    with pytest.raises(ValueError, match="holiday"):
        await alice.adopt("holiday")
    assert await alice.page() == before
    assert await alice.session("holiday").get_items() == [B]
    assert await manager.session("holiday").get_items() == [A]


async def test_the_lifetime_is_kept(manager: RedisSessionManager) -> None:
    alice = manager.user("alice")
    client: Any = manager._client
    await manager.session("holiday").add_items([A])
    await client.expire(PLAIN, 300)
    assert await alice.adopt("holiday") is True
    [found] = (await alice.page()).sessions
    assert found.expires_in is not None
    assert 290 < found.expires_in <= 300
    assert 290 < await client.ttl(info("holiday")) <= 420


async def test_keys_are_still_known(manager: RedisSessionManager) -> None:
    alice = manager.user("alice")
    plain = manager.session("holiday")
    await plain.add_items([user("added")], idempotency_key="message-1")
    async with plain.turn("task-1") as turn:
        await turn.add_items([user("asked")])
    assert await alice.adopt("holiday") is True
    session = alice.session("holiday")
    async with session.turn("task-1") as turn:
        assert turn.repeated
        assert turn.items == [user("asked")]
    await session.add_items([user("added")], idempotency_key="message-1")
    assert await session.get_items() == [user("added"), user("asked")]
    async with plain.turn("task-1") as turn:
        assert not turn.repeated


async def test_a_turn_that_runs_stores_nothing(manager: RedisSessionManager) -> None:
    alice = manager.user("alice")
    plain = manager.session("holiday")
    await plain.add_items([A])

    async def adopt_in_a_turn() -> None:
        async with plain.turn() as turn:
            await turn.add_items([B])
            assert await alice.adopt("holiday") is True

    with pytest.raises(TurnConflictError):
        await adopt_in_a_turn()
    assert await plain.count() == 0
    assert await alice.session("holiday").get_items() == [A]


async def test_another_user_does_not_get_it(manager: RedisSessionManager) -> None:
    await manager.session("holiday").add_items([A])
    assert await manager.user("alice").adopt("holiday") is True
    for session_id in ("holiday", "{alice}:holiday", "alice}:holiday"):
        try:
            assert await manager.user("bob").adopt(session_id) is False
        except ValueError:
            assert "}" in session_id
    assert await manager.user("alice").count() == 1
    assert await manager.user("bob").count() == 0


@pytest.mark.parametrize("others", [0, 1])
async def test_lost_replies(proxy: FaultProxy, others: int) -> None:
    async with RedisSessionManager(url=proxy.url, ttl=None) as manager:
        await manager.session("holiday").add_items([A, B])
        alice = manager.user("alice")
        proxy.arm("cut_after", skip=others)
        assert await alice.adopt("holiday") is True
        assert await alice.session("holiday").get_items() == [A, B]
        assert await manager.session("holiday").count() == 0


async def crash_after_copy(manager: RedisSessionManager, patch: pytest.MonkeyPatch) -> None:
    """Copy the conversation, and fail to remove the original."""
    with patch.context() as context:
        fail_to_remove(context)
        with pytest.raises(ConnectionError):
            await manager.user("alice").adopt("holiday")


@pytest.mark.parametrize(
    ("of_source", "of_copy", "after"),
    [
        ("", "", "ab"),
        ("add", "", "abc"),
        ("", "add", "abd"),
        ("add", "add", "abdc"),
        ("pop", "", "a"),
        ("pop", "add", "ad"),
        ("replace", "", "c"),
        ("replace", "add", "cd"),
        ("clear", "", "ab"),
        ("clear", "add", "abd"),
        ("", "pop", "a"),
        ("add", "pop", "ac"),
        ("", "clear", "ab"),
        ("add", "clear", "abc"),
        ("", "delete", "ab"),
        ("replace", "delete", "c"),
    ],
)
async def test_begun_again_after_a_crash_it_finishes(
    clustered: RedisSessionManager,
    monkeypatch: pytest.MonkeyPatch,
    of_source: str,
    of_copy: str,
    after: str,
) -> None:
    alice = clustered.user("alice")
    source, copy = clustered.session("holiday"), alice.session("holiday")
    await source.add_items([user("a"), user("b")])
    await crash_after_copy(clustered, monkeypatch)
    assert await copy.get_items() == await source.get_items() == [user("a"), user("b")]
    for session, change, new in ((source, of_source, "c"), (copy, of_copy, "d")):
        if change == "add":
            await session.add_items([user(new)])
        elif change == "pop":
            await session.pop_item()
        elif change == "replace":
            await session.replace_items([user(new)])
        elif change == "clear":
            await session.clear_session()
        elif change == "delete":
            assert await alice.delete("holiday") is True
    assert await alice.adopt("holiday") is True
    assert await copy.get_items() == [user(name) for name in after]
    assert await source.count() == 0
    assert [found.count for found in (await alice.page()).sessions] == [len(after)]
    assert await alice.adopt("holiday") is True


async def test_both_were_changed_after_a_crash(
    clustered: RedisSessionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = clustered.user("alice")
    source, copy = clustered.session("holiday"), alice.session("holiday")
    await source.add_items([A, B])
    await crash_after_copy(clustered, monkeypatch)
    await source.replace_items([A])
    await copy.replace_items([B])
    with pytest.raises(ValueError, match="holiday"):
        await alice.adopt("holiday")
    assert await source.get_items() == [A]
    assert await copy.get_items() == [B]
    await source.clear_session()
    assert await alice.adopt("holiday") is True
    assert await copy.get_items() == [B]
    await source.add_items([A])
    with pytest.raises(ValueError, match="holiday"):
        await alice.adopt("holiday")


@pytest.mark.parametrize("removal", ["pop", "replace", "add"])
async def test_a_source_that_is_changed_in_between(
    clustered: RedisSessionManager, monkeypatch: pytest.MonkeyPatch, removal: str
) -> None:
    alice = clustered.user("alice")
    source = clustered.session("holiday")
    await source.add_items([user("a"), user("b")])
    left = {"pop": "a", "replace": "c", "add": "abc"}[removal]

    async def change() -> None:
        if removal == "pop":
            await source.pop_item()
        elif removal == "replace":
            await source.replace_items([user("c")])
        else:
            await source.add_items([user("c")])

    before_removal(monkeypatch, change)
    assert await alice.adopt("holiday") is True
    assert await alice.session("holiday").get_items() == [user(name) for name in left]
    assert await source.count() == 0


async def test_a_source_that_is_changed_all_the_time(
    clustered: RedisSessionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = clustered.user("alice")
    source = clustered.session("holiday")
    await source.add_items([A])

    async def change() -> None:
        await source.add_items([B])

    with monkeypatch.context() as context:
        before_removal(context, change, times=1000)
        with pytest.raises(ConnectionError, match="adopt it again"):
            await alice.adopt("holiday")
    items = await source.get_items()
    assert await alice.adopt("holiday") is True
    assert await alice.session("holiday").get_items() == items
    assert await source.count() == 0
