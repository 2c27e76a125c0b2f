# Generated from tests/_async/test_user_sessions.py by tools/generate.py; edit that file instead.
"""The conversations of a user: to open, to list, to name, to delete."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSessionManager, SessionInfo, SessionPage, SyncUserSessions

from ..support.users import INDEX, A, B, info, key

if TYPE_CHECKING:
    from .._blocking import Redis
    from ..support.server import Server


@pytest.fixture
def alice(client: Redis) -> SyncUserSessions:
    """The conversations of alice, through every kind of client."""
    return SyncRedisSessionManager(client, ttl=None).user("alice")


@pytest.fixture
def real_alice(real_client: Redis) -> SyncUserSessions:
    """The same on the real server."""
    return SyncRedisSessionManager(real_client, ttl=None).user("alice")


def fill(user: SyncUserSessions, *session_ids: str) -> None:
    for session_id in session_ids:
        user.session(session_id).add_items([A])


def ids(user: SyncUserSessions, limit: int = 20, cursor: str | None = None) -> list[str]:
    return [info.session_id for info in (user.page(limit, cursor)).sessions]


def all_ids(user: SyncUserSessions, limit: int) -> list[str]:
    """Read page by page."""
    found, cursor = [], None
    while True:
        page = user.page(limit, cursor)
        found += [info.session_id for info in page.sessions]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_nothing_yet(alice: SyncUserSessions) -> None:
    assert alice.page() == SessionPage([], None)
    assert alice.count() == 0
    assert [each for each in alice.sessions()] == []
    assert alice.update("holiday", title="Rome") is False
    assert alice.delete("holiday") is False
    assert alice.adopt("holiday") is False
    alice.erase()
    assert alice.page() == SessionPage([], None)


def test_a_conversation(alice: SyncUserSessions, client: Redis) -> None:
    session = alice.session("holiday")
    session.add_items([A, B])
    assert session.session_id == "holiday"
    assert session.key == key("holiday")
    assert session.get_items() == [A, B]
    before = datetime.now(timezone.utc)
    [found] = (alice.page()).sessions
    assert (found.session_id, found.count, found.title, found.metadata) == ("holiday", 2, None, {})
    assert found.expires_in is None
    assert found.created_at == found.updated_at
    assert found.created_at.utcoffset() == timedelta(0)
    assert abs(found.created_at - before) < timedelta(seconds=60)
    assert [each for each in alice.sessions()] == [found]
    assert alice.count() == 1
    assert client.exists(key("holiday"), info("holiday"), INDEX) == 3


def test_it_hides_the_metadata_of_messages(alice: SyncUserSessions) -> None:
    message: Any = {**A, "metadata": {"channel": "web"}}
    alice.session("holiday").add_items([message])
    assert alice.session("holiday").get_items() == [A]


def test_the_last_changed_comes_first(alice: SyncUserSessions) -> None:
    fill(alice, "a", "b", "c", "a")
    assert ids(alice) == ["a", "c", "b"]
    alice.session("b").pop_item()
    fill(alice, "b", "c")
    assert ids(alice) == ["c", "b", "a"]
    found = {info.session_id: info for info in (alice.page()).sessions}
    assert found["c"].created_at < found["b"].updated_at < found["c"].updated_at


def test_times_are_exact(real_alice: SyncUserSessions, server: Server) -> None:
    fill(real_alice, "a")
    server.command("ZADD", INDEX, "1700000000123457", "a")
    server.command("HSET", info("a"), "created", "1600000000000001")
    [found] = (real_alice.page()).sessions
    start = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert found.updated_at == start + timedelta(microseconds=1_700_000_000_123_457)
    assert found.created_at == start + timedelta(microseconds=1_600_000_000_000_001)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_pages(alice: SyncUserSessions, limit: int) -> None:
    fill(alice, *"abcdefg")
    page = alice.page(limit)
    assert len(page.sessions) == min(limit, 7)
    assert (page.next_cursor is None) == (limit >= 7)
    assert all_ids(alice, limit) == list("gfedcba")


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
@pytest.mark.parametrize("times", ["1", "1234", "1112", "9111", "2112"])
def test_equal_times_and_a_clock_that_goes_back(
    real_alice: SyncUserSessions, server: Server, limit: int, times: str
) -> None:
    names = ["a", "a\0", "ab", "\u00e9", "\U0001f600", "z", "Z", "\n"]
    fill(real_alice, *names)
    for number, name in enumerate(names):
        time = times[number % len(times)] + "0" * 15
        server.command("ZADD", INDEX, time, name)
    assert sorted(all_ids(real_alice, limit)) == sorted(names)
    page = real_alice.page(limit)
    read = [found.session_id for found in page.sessions]
    server.command(
        "ZADD", INDEX, "5" + "0" * 14, read[0]
    )  # it was changed long ago, says the clock
    server.command("ZREM", INDEX, read[-1])
    rest, cursor = [], page.next_cursor
    while cursor is not None:
        page = real_alice.page(limit, cursor)
        rest += [found.session_id for found in page.sessions]
        cursor = page.next_cursor
    assert sorted({*rest} - {*read}) == sorted({*names} - {*read})
    assert len(rest) == len({*rest})


def test_changes_between_two_pages_move_nothing_else(alice: SyncUserSessions) -> None:
    fill(alice, *"abcdefgh")
    page = alice.page(3)
    assert [found.session_id for found in page.sessions] == ["h", "g", "f"]
    fill(alice, "new", "a", "g")
    alice.delete("f")
    alice.delete("d")
    assert ids(alice, 9, page.next_cursor) == ["e", "c", "b"]


def test_expired_conversations_in_bounded_steps(
    real_alice: SyncUserSessions, server: Server
) -> None:
    fill(real_alice, "first", "last")
    server.command("ZADD", INDEX, "1", "first")
    for start in range(0, 2500, 500):
        gone = [part for n in range(start, start + 500) for part in (str(10 + n), f"gone-{n}")]
        server.command("ZADD", INDEX, *gone)
    page = real_alice.page(5)
    assert [found.session_id for found in page.sessions] == ["last"]
    assert page.next_cursor is not None  # it has looked at enough of them
    assert ids(real_alice, 5, page.next_cursor) in ([], ["first"])
    assert [each.session_id for each in real_alice.sessions()] == ["last", "first"]
    assert server.command("ZCARD", INDEX) == 2


@pytest.mark.parametrize("limit", [0, -1, 1001, 2**70])
def test_a_limit_out_of_range(alice: SyncUserSessions, limit: int) -> None:
    with pytest.raises(ValueError, match="limit must be between 1 and 1000"):
        alice.page(limit)


@pytest.mark.parametrize("limit", [True, "5", 1.0, None])
def test_a_limit_of_another_type(alice: SyncUserSessions, limit: Any) -> None:
    with pytest.raises(TypeError, match="limit must be a whole number"):
        alice.page(limit)


FORGED = [
    "",
    "x",
    "MTIz",
    "OmE=",
    "MTo=",
    "\u00e9",
    "\ud800",
    "a b",
    "=" * 9,
    "LTE6YQ==",
    "MS41OmE=",
]


@pytest.mark.parametrize("cursor", FORGED)
def test_a_forged_cursor(alice: SyncUserSessions, cursor: str) -> None:
    fill(alice, "a")
    with pytest.raises(ValueError, match="next_cursor of an earlier page"):
        alice.page(5, cursor)


def test_a_cursor_of_another_type(alice: SyncUserSessions) -> None:
    cursor: Any = b"MTph"
    with pytest.raises(TypeError, match="cursor must be a string or None"):
        alice.page(5, cursor)


def test_a_cursor_of_another_user(alice: SyncUserSessions, client: Redis) -> None:
    bob = SyncRedisSessionManager(client, ttl=None).user("bob")
    fill(alice, "a", "b", "c")
    fill(bob, *"zyxwvu")
    cursor = (bob.page(2)).next_cursor
    assert cursor is not None
    assert ids(alice, 5, cursor) == ["c", "b", "a"]


def test_delete(alice: SyncUserSessions, client: Redis) -> None:
    fill(alice, "holiday", "other")
    alice.update("holiday", title="Rome")
    assert alice.session("holiday").lock().acquire()
    assert alice.delete("holiday") is True
    assert ids(alice) == ["other"]
    assert client.exists(key("holiday"), info("holiday"), f"{key('holiday')}:~:lock") == 0
    assert alice.delete("holiday") is False
    fill(alice, "holiday")
    assert (alice.page()).sessions[0].title is None


def test_expires_in(client: Redis) -> None:
    alice = SyncRedisSessionManager(client, ttl=500).user("alice")
    fill(alice, "holiday")
    client.expire(key("holiday"), 300)
    page = alice.page()
    assert page.sessions[0].expires_in in (299, 300)
    assert client.ttl(key("holiday")) <= 300  # a page refreshes nothing
    assert client.ttl(info("holiday")) > 300


def test_what_is_returned_is_not_shared(alice: SyncUserSessions) -> None:
    fill(alice, "holiday")
    alice.update("holiday", metadata={"a": 1})
    page = alice.page()
    page.sessions[0].metadata["a"] = 2
    assert (alice.page()).sessions[0].metadata == {"a": 1}
    assert isinstance(page.sessions[0], SessionInfo)


def test_a_manager_lists_only_its_own_sessions(client: Redis) -> None:
    manager = SyncRedisSessionManager(client, ttl=None)
    fill(manager.user("alice"), "holiday")
    manager.store_message("plain", "user", "Hello")
    assert [each for each in manager.session_ids()] == ["plain"]


@pytest.mark.parametrize("user_id", ["", "a{b", "a}b", "{}", "\ud800"])
def test_user_ids_that_cannot_be_used(client: Redis, user_id: str) -> None:
    with pytest.raises(ValueError, match=r"user_id|UTF-8"):
        SyncRedisSessionManager(client).user(user_id)


def test_other_arguments_that_cannot_be_used(client: Redis) -> None:
    user_id: Any = 5
    with pytest.raises(TypeError, match="user_id must be a string"):
        SyncRedisSessionManager(client).user(user_id)
    with pytest.raises(ValueError, match="key_prefix"):
        SyncRedisSessionManager(client, key_prefix="{tag}").user("alice")
    alice = SyncRedisSessionManager(client).user("alice")
    for session_id in ("", "a:~:lock", "\ud800"):
        with pytest.raises(ValueError, match="session"):
            alice.session(session_id)
        with pytest.raises(ValueError, match="session"):
            alice.delete(session_id)


def test_a_closed_manager(server: Server) -> None:
    manager = SyncRedisSessionManager(url=server.url)
    alice = manager.user("alice")
    session = alice.session("holiday")
    manager.close()
    for call in (alice.page, alice.count, alice.erase, session.get_items):
        with pytest.raises(RuntimeError, match="closed"):
            call()
    for one in (alice.update, alice.delete, alice.adopt):
        with pytest.raises(RuntimeError, match="closed"):
            one("holiday")
