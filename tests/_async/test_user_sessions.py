# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The conversations of a user: to open, to list, to name, to delete."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSessionManager, SessionInfo, SessionPage, UserSessions

from ..support.users import INDEX, A, B, info, key

if TYPE_CHECKING:
    from .._aio import Redis
    from ..support.server import Server


@pytest.fixture
async def alice(client: Redis) -> UserSessions:
    """The conversations of alice, through every kind of client."""
    return RedisSessionManager(client, ttl=None).user("alice")


@pytest.fixture
async def real_alice(real_client: Redis) -> UserSessions:
    """The same on the real server."""
    return RedisSessionManager(real_client, ttl=None).user("alice")


async def fill(user: UserSessions, *session_ids: str) -> None:
    for session_id in session_ids:
        await user.session(session_id).add_items([A])


async def ids(user: UserSessions, limit: int = 20, cursor: str | None = None) -> list[str]:
    return [info.session_id for info in (await user.page(limit, cursor)).sessions]


async def all_ids(user: UserSessions, limit: int) -> list[str]:
    """Read page by page."""
    found, cursor = [], None
    while True:
        page = await user.page(limit, cursor)
        found += [info.session_id for info in page.sessions]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_nothing_yet(alice: UserSessions) -> None:
    assert await alice.page() == SessionPage([], None)
    assert await alice.count() == 0
    assert [each async for each in alice.sessions()] == []
    assert await alice.update("holiday", title="Rome") is False
    assert await alice.delete("holiday") is False
    assert await alice.adopt("holiday") is False
    await alice.erase()
    assert await alice.page() == SessionPage([], None)


async def test_a_conversation(alice: UserSessions, client: Redis) -> None:
    session = alice.session("holiday")
    await session.add_items([A, B])
    assert session.session_id == "holiday"
    assert session.key == key("holiday")
    assert await session.get_items() == [A, B]
    before = datetime.now(timezone.utc)
    [found] = (await alice.page()).sessions
    assert (found.session_id, found.count, found.title, found.metadata) == ("holiday", 2, None, {})
    assert found.expires_in is None
    assert found.created_at == found.updated_at
    assert found.created_at.utcoffset() == timedelta(0)
    assert abs(found.created_at - before) < timedelta(seconds=60)
    assert [each async for each in alice.sessions()] == [found]
    assert await alice.count() == 1
    assert await client.exists(key("holiday"), info("holiday"), INDEX) == 3


async def test_it_hides_the_metadata_of_messages(alice: UserSessions) -> None:
    message: Any = {**A, "metadata": {"channel": "web"}}
    await alice.session("holiday").add_items([message])
    assert await alice.session("holiday").get_items() == [A]


async def test_the_last_changed_comes_first(alice: UserSessions) -> None:
    await fill(alice, "a", "b", "c", "a")
    assert await ids(alice) == ["a", "c", "b"]
    await alice.session("b").pop_item()
    await fill(alice, "b", "c")
    assert await ids(alice) == ["c", "b", "a"]
    found = {info.session_id: info for info in (await alice.page()).sessions}
    assert found["c"].created_at < found["b"].updated_at < found["c"].updated_at


async def test_times_are_exact(real_alice: UserSessions, server: Server) -> None:
    await fill(real_alice, "a")
    server.command("ZADD", INDEX, "1700000000123457", "a")
    server.command("HSET", info("a"), "created", "1600000000000001")
    [found] = (await real_alice.page()).sessions
    start = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert found.updated_at == start + timedelta(microseconds=1_700_000_000_123_457)
    assert found.created_at == start + timedelta(microseconds=1_600_000_000_000_001)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
async def test_pages(alice: UserSessions, limit: int) -> None:
    await fill(alice, *"abcdefg")
    page = await alice.page(limit)
    assert len(page.sessions) == min(limit, 7)
    assert (page.next_cursor is None) == (limit >= 7)
    assert await all_ids(alice, limit) == list("gfedcba")


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
@pytest.mark.parametrize("times", ["1", "1234", "1112", "9111", "2112"])
async def test_equal_times_and_a_clock_that_goes_back(
    real_alice: UserSessions, server: Server, limit: int, times: str
) -> None:
    names = ["a", "a\0", "ab", "\u00e9", "\U0001f600", "z", "Z", "\n"]
    await fill(real_alice, *names)
    for number, name in enumerate(names):
        time = times[number % len(times)] + "0" * 15
        server.command("ZADD", INDEX, time, name)
    assert sorted(await all_ids(real_alice, limit)) == sorted(names)
    page = await real_alice.page(limit)
    read = [found.session_id for found in page.sessions]
    server.command(
        "ZADD", INDEX, "5" + "0" * 14, read[0]
    )  # it was changed long ago, says the clock
    server.command("ZREM", INDEX, read[-1])
    rest, cursor = [], page.next_cursor
    while cursor is not None:
        page = await real_alice.page(limit, cursor)
        rest += [found.session_id for found in page.sessions]
        cursor = page.next_cursor
    assert sorted({*rest} - {*read}) == sorted({*names} - {*read})
    assert len(rest) == len({*rest})


async def test_changes_between_two_pages_move_nothing_else(alice: UserSessions) -> None:
    await fill(alice, *"abcdefgh")
    page = await alice.page(3)
    assert [found.session_id for found in page.sessions] == ["h", "g", "f"]
    await fill(alice, "new", "a", "g")
    await alice.delete("f")
    await alice.delete("d")
    assert await ids(alice, 9, page.next_cursor) == ["e", "c", "b"]


async def test_expired_conversations_in_bounded_steps(
    real_alice: UserSessions, server: Server
) -> None:
    await fill(real_alice, "first", "last")
    server.command("ZADD", INDEX, "1", "first")
    for start in range(0, 2500, 500):
        gone = [part for n in range(start, start + 500) for part in (str(10 + n), f"gone-{n}")]
        server.command("ZADD", INDEX, *gone)
    page = await real_alice.page(5)
    assert [found.session_id for found in page.sessions] == ["last"]
    assert page.next_cursor is not None  # it has looked at enough of them
    assert await ids(real_alice, 5, page.next_cursor) in ([], ["first"])
    assert [each.session_id async for each in real_alice.sessions()] == ["last", "first"]
    assert server.command("ZCARD", INDEX) == 2


@pytest.mark.parametrize("limit", [0, -1, 1001, 2**70])
async def test_a_limit_out_of_range(alice: UserSessions, limit: int) -> None:
    with pytest.raises(ValueError, match="limit must be between 1 and 1000"):
        await alice.page(limit)


@pytest.mark.parametrize("limit", [True, "5", 1.0, None])
async def test_a_limit_of_another_type(alice: UserSessions, limit: Any) -> None:
    with pytest.raises(TypeError, match="limit must be a whole number"):
        await alice.page(limit)


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
async def test_a_forged_cursor(alice: UserSessions, cursor: str) -> None:
    await fill(alice, "a")
    with pytest.raises(ValueError, match="next_cursor of an earlier page"):
        await alice.page(5, cursor)


async def test_a_cursor_of_another_type(alice: UserSessions) -> None:
    cursor: Any = b"MTph"
    with pytest.raises(TypeError, match="cursor must be a string or None"):
        await alice.page(5, cursor)


async def test_a_cursor_of_another_user(alice: UserSessions, client: Redis) -> None:
    bob = RedisSessionManager(client, ttl=None).user("bob")
    await fill(alice, "a", "b", "c")
    await fill(bob, *"zyxwvu")
    cursor = (await bob.page(2)).next_cursor
    assert cursor is not None
    assert await ids(alice, 5, cursor) == ["c", "b", "a"]


async def test_delete(alice: UserSessions, client: Redis) -> None:
    await fill(alice, "holiday", "other")
    await alice.update("holiday", title="Rome")
    assert await alice.session("holiday").lock().acquire()
    assert await alice.delete("holiday") is True
    assert await ids(alice) == ["other"]
    assert await client.exists(key("holiday"), info("holiday"), f"{key('holiday')}:~:lock") == 0
    assert await alice.delete("holiday") is False
    await fill(alice, "holiday")
    assert (await alice.page()).sessions[0].title is None


async def test_expires_in(client: Redis) -> None:
    alice = RedisSessionManager(client, ttl=500).user("alice")
    await fill(alice, "holiday")
    await client.expire(key("holiday"), 300)
    page = await alice.page()
    assert page.sessions[0].expires_in in (299, 300)
    assert await client.ttl(key("holiday")) <= 300  # a page refreshes nothing
    assert await client.ttl(info("holiday")) > 300


async def test_what_is_returned_is_not_shared(alice: UserSessions) -> None:
    await fill(alice, "holiday")
    await alice.update("holiday", metadata={"a": 1})
    page = await alice.page()
    page.sessions[0].metadata["a"] = 2
    assert (await alice.page()).sessions[0].metadata == {"a": 1}
    assert isinstance(page.sessions[0], SessionInfo)


async def test_a_manager_lists_only_its_own_sessions(client: Redis) -> None:
    manager = RedisSessionManager(client, ttl=None)
    await fill(manager.user("alice"), "holiday")
    await manager.store_message("plain", "user", "Hello")
    assert [each async for each in manager.session_ids()] == ["plain"]


@pytest.mark.parametrize("user_id", ["", "a{b", "a}b", "{}", "\ud800"])
async def test_user_ids_that_cannot_be_used(client: Redis, user_id: str) -> None:
    with pytest.raises(ValueError, match=r"user_id|UTF-8"):
        RedisSessionManager(client).user(user_id)


async def test_other_arguments_that_cannot_be_used(client: Redis) -> None:
    user_id: Any = 5
    with pytest.raises(TypeError, match="user_id must be a string"):
        RedisSessionManager(client).user(user_id)
    with pytest.raises(ValueError, match="key_prefix"):
        RedisSessionManager(client, key_prefix="{tag}").user("alice")
    alice = RedisSessionManager(client).user("alice")
    for session_id in ("", "a:~:lock", "\ud800"):
        with pytest.raises(ValueError, match="session"):
            alice.session(session_id)
        with pytest.raises(ValueError, match="session"):
            await alice.delete(session_id)


async def test_a_closed_manager(server: Server) -> None:
    manager = RedisSessionManager(url=server.url)
    alice = manager.user("alice")
    session = alice.session("holiday")
    await manager.close()
    for call in (alice.page, alice.count, alice.erase, session.get_items):
        with pytest.raises(RuntimeError, match="closed"):
            await call()
    for one in (alice.update, alice.delete, alice.adopt):
        with pytest.raises(RuntimeError, match="closed"):
            await one("holiday")
