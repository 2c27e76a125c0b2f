# Generated from tests/_async/test_user_adopt.py by tools/generate.py; edit that file instead.
"""Making one of a manager's own sessions a conversation of a user, on a server and on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ConnectionError

from openai_agents_session import SyncRedisSessionManager, TurnConflictError

from .._blocking import Redis, RedisCluster
from ..support.internals import before_removal, fail_to_remove
from ..support.users import A, B, info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

PLAIN = "session:holiday"


@pytest.fixture(params=["server", "decoded", "resp3", "cluster", "fake"])
def manager(request: pytest.FixtureRequest) -> Iterator[SyncRedisSessionManager]:
    """A manager on a server of every topology."""
    if request.param == "fake":
        with SyncRedisSessionManager(url=f"memory://adopt-{id(request)}", ttl=None) as manager:
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
    yield SyncRedisSessionManager(client, ttl=None)
    client.close()


@pytest.fixture
def clustered(cluster_client: RedisCluster) -> SyncRedisSessionManager:
    """A manager on a cluster, where a conversation is copied."""
    return SyncRedisSessionManager(cluster_client, ttl=None)


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def test_there_is_none(manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    assert alice.adopt("holiday") is False
    assert alice.count() == 0


def test_it_is_the_users_from_now_on(manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    manager.session("holiday").add_items([A, B, A])
    assert alice.adopt("holiday") is True
    assert alice.session("holiday").get_items() == [A, B, A]
    assert manager.session("holiday").count() == 0
    [found] = (alice.page()).sessions
    assert (found.session_id, found.count, found.title, found.expires_in) == (
        "holiday",
        3,
        None,
        None,
    )
    assert alice.adopt("holiday") is True
    assert [each for each in manager.session_ids()] == []
    manager.session("holiday").add_items([B])
    with pytest.raises(ValueError, match="holiday"):
        alice.adopt("holiday")


def test_both_exist(manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    manager.session("holiday").add_items([A])
    alice.session("holiday").add_items([B])
    before = alice.page()
    with pytest.raises(ValueError, match="holiday"):
        alice.adopt("holiday")
    assert alice.page() == before
    assert alice.session("holiday").get_items() == [B]
    assert manager.session("holiday").get_items() == [A]


def test_the_lifetime_is_kept(manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    client: Any = manager._client
    manager.session("holiday").add_items([A])
    client.expire(PLAIN, 300)
    assert alice.adopt("holiday") is True
    [found] = (alice.page()).sessions
    assert found.expires_in is not None
    assert 290 < found.expires_in <= 300
    assert 290 < client.ttl(info("holiday")) <= 420


def test_keys_are_still_known(manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    plain = manager.session("holiday")
    plain.add_items([user("added")], idempotency_key="message-1")
    with plain.turn("task-1") as turn:
        turn.add_items([user("asked")])
    assert alice.adopt("holiday") is True
    session = alice.session("holiday")
    with session.turn("task-1") as turn:
        assert turn.repeated
        assert turn.items == [user("asked")]
    session.add_items([user("added")], idempotency_key="message-1")
    assert session.get_items() == [user("added"), user("asked")]
    with plain.turn("task-1") as turn:
        assert not turn.repeated


def test_a_turn_that_runs_stores_nothing(manager: SyncRedisSessionManager) -> None:
    alice = manager.user("alice")
    plain = manager.session("holiday")
    plain.add_items([A])

    def adopt_in_a_turn() -> None:
        with plain.turn() as turn:
            turn.add_items([B])
            assert alice.adopt("holiday") is True

    with pytest.raises(TurnConflictError):
        adopt_in_a_turn()
    assert plain.count() == 0
    assert alice.session("holiday").get_items() == [A]


def test_another_user_does_not_get_it(manager: SyncRedisSessionManager) -> None:
    manager.session("holiday").add_items([A])
    assert manager.user("alice").adopt("holiday") is True
    for session_id in ("holiday", "{alice}:holiday", "alice}:holiday"):
        try:
            assert manager.user("bob").adopt(session_id) is False
        except ValueError:
            assert "}" in session_id
    assert manager.user("alice").count() == 1
    assert manager.user("bob").count() == 0


@pytest.mark.parametrize("others", [0, 1])
def test_lost_replies(proxy: FaultProxy, others: int) -> None:
    with SyncRedisSessionManager(url=proxy.url, ttl=None) as manager:
        manager.session("holiday").add_items([A, B])
        alice = manager.user("alice")
        proxy.arm("cut_after", skip=others)
        assert alice.adopt("holiday") is True
        assert alice.session("holiday").get_items() == [A, B]
        assert manager.session("holiday").count() == 0


def crash_after_copy(manager: SyncRedisSessionManager, patch: pytest.MonkeyPatch) -> None:
    """Copy the conversation, and fail to remove the original."""
    with patch.context() as context:
        fail_to_remove(context)
        with pytest.raises(ConnectionError):
            manager.user("alice").adopt("holiday")


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
def test_begun_again_after_a_crash_it_finishes(
    clustered: SyncRedisSessionManager,
    monkeypatch: pytest.MonkeyPatch,
    of_source: str,
    of_copy: str,
    after: str,
) -> None:
    alice = clustered.user("alice")
    source, copy = clustered.session("holiday"), alice.session("holiday")
    source.add_items([user("a"), user("b")])
    crash_after_copy(clustered, monkeypatch)
    assert copy.get_items() == source.get_items() == [user("a"), user("b")]
    for session, change, new in ((source, of_source, "c"), (copy, of_copy, "d")):
        if change == "add":
            session.add_items([user(new)])
        elif change == "pop":
            session.pop_item()
        elif change == "replace":
            session.replace_items([user(new)])
        elif change == "clear":
            session.clear_session()
        elif change == "delete":
            assert alice.delete("holiday") is True
    assert alice.adopt("holiday") is True
    assert copy.get_items() == [user(name) for name in after]
    assert source.count() == 0
    assert [found.count for found in (alice.page()).sessions] == [len(after)]
    assert alice.adopt("holiday") is True


def test_both_were_changed_after_a_crash(
    clustered: SyncRedisSessionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = clustered.user("alice")
    source, copy = clustered.session("holiday"), alice.session("holiday")
    source.add_items([A, B])
    crash_after_copy(clustered, monkeypatch)
    source.replace_items([A])
    copy.replace_items([B])
    with pytest.raises(ValueError, match="holiday"):
        alice.adopt("holiday")
    assert source.get_items() == [A]
    assert copy.get_items() == [B]
    source.clear_session()
    assert alice.adopt("holiday") is True
    assert copy.get_items() == [B]
    source.add_items([A])
    with pytest.raises(ValueError, match="holiday"):
        alice.adopt("holiday")


@pytest.mark.parametrize("removal", ["pop", "replace", "add"])
def test_a_source_that_is_changed_in_between(
    clustered: SyncRedisSessionManager, monkeypatch: pytest.MonkeyPatch, removal: str
) -> None:
    alice = clustered.user("alice")
    source = clustered.session("holiday")
    source.add_items([user("a"), user("b")])
    left = {"pop": "a", "replace": "c", "add": "abc"}[removal]

    def change() -> None:
        if removal == "pop":
            source.pop_item()
        elif removal == "replace":
            source.replace_items([user("c")])
        else:
            source.add_items([user("c")])

    before_removal(monkeypatch, change)
    assert alice.adopt("holiday") is True
    assert alice.session("holiday").get_items() == [user(name) for name in left]
    assert source.count() == 0


def test_a_source_that_is_changed_all_the_time(
    clustered: SyncRedisSessionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = clustered.user("alice")
    source = clustered.session("holiday")
    source.add_items([A])

    def change() -> None:
        source.add_items([B])

    with monkeypatch.context() as context:
        before_removal(context, change, times=1000)
        with pytest.raises(ConnectionError, match="adopt it again"):
            alice.adopt("holiday")
    items = source.get_items()
    assert alice.adopt("holiday") is True
    assert alice.session("holiday").get_items() == items
    assert source.count() == 0
