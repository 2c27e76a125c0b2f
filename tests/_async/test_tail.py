# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The end of a conversation is replaced where it is still what was read, else left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ResponseError

from openai_agents_session import RedisSession

from .._aio import Redis, RedisCluster
from ..support.internals import read_tail

if TYPE_CHECKING:
    from .._aio import Action
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

KEY = "openai_agents_session:user-123"

Items = list[Any]


def items(text: str) -> Items:
    """One item for every letter."""
    return [{"role": "user", "content": letter} for letter in text]


def is_old(item: Any) -> bool:
    """Return whether an item may be pruned: a capital letter."""
    return str(item["content"]).isupper()


async def filled(client: Redis, text: str, ttl: int | None = None) -> RedisSession:
    session = RedisSession("user-123", client, ttl=ttl)
    await session.add_items(items(text))
    return session


@pytest.mark.parametrize(
    ("limit", "read", "complete"),
    [(3, "cde", False), (5, "abcde", True), (9, "abcde", True), (1, "e", False)],
)
async def test_what_is_read(client: Redis, limit: int, read: str, complete: bool) -> None:
    session = await filled(client, "abcde", ttl=100)
    await client.expire(KEY, 10)
    tail = await read_tail(session, limit)
    assert tail.items == items(read)
    assert tail.complete is complete
    assert await session.expires_in() == 100


@pytest.mark.parametrize(
    ("limit", "start", "new", "after"),
    [
        (9, 0, "xy", "xy"),
        (9, 0, "", ""),
        (9, 2, "xyz", "abxyz"),
        (9, 4, "", "abcd"),
        (3, 0, "x", "abx"),
        (3, 2, "xyz", "abcdxyz"),
        (3, 1, "", "abc"),
    ],
)
@pytest.mark.parametrize("ttl", [None, 100])
async def test_a_part_is_replaced(
    client: Redis, limit: int, start: int, new: str, after: str, ttl: int | None
) -> None:
    session = await filled(client, "abcde", ttl)
    tail = await read_tail(session, limit)
    assert await tail.replace(start, items(new), None) is True
    assert await session.get_items() == items(after)
    assert await session.expires_in() == (ttl if after else None)
    assert await client.exists(KEY) == bool(after)


async def test_a_lifetime_that_others_set_stays(client: Redis) -> None:
    session = await filled(client, "abc")
    await client.expire(KEY, 50)
    for start in (1, 0):
        tail = await read_tail(session, 9)
        assert await tail.replace(start, items("xy"), None)
        assert await session.expires_in() == 50


async def test_a_history_that_has_changed_is_left_alone(client: Redis) -> None:
    changes: list[Action] = [
        lambda: RedisSession("user-123", client).add_items(items("z")),
        lambda: RedisSession("user-123", client).pop_item(),
        lambda: RedisSession("user-123", client).clear_session(),
        lambda: RedisSession("user-123", client).replace_items(items("abczz")),
        lambda: RedisSession("user-123", client).replace_items(items("abcdz")),
    ]
    for change in changes:
        session = await filled(client, "abcde", ttl=100)
        tail = await read_tail(session, 4)
        await change()
        left = await session.get_items()
        assert await tail.replace(1, items("x"), None) is False
        assert await session.get_items() == left
        await session.clear_session()


async def test_a_change_before_the_replaced_part_does_not_matter(client: Redis) -> None:
    session = await filled(client, "abcde")
    tail = await read_tail(session, 4)
    await session.replace_items(items("zzde"))
    assert await tail.replace(2, items("x"), None)
    assert await session.get_items() == items("zzx")


async def test_there_must_be_something_to_replace(client: Redis) -> None:
    session = await filled(client, "ab")
    tail = await read_tail(session, 9)
    assert await tail.replace(2, items("x"), None) is False
    empty = await read_tail(RedisSession("nobody", client), 9)
    assert (empty.items, empty.complete) == ([], True)
    assert await empty.replace(0, items("x"), None) is False
    assert await session.get_items() == items("ab")


@pytest.mark.parametrize(
    ("stored", "limit", "start", "after"),
    [
        ("ABcdef", 3, 0, "cx"),
        ("ABcdef", 2, 1, "cdex"),
        ("aBcdef", 3, 0, "aBcx"),
        ("ABCDEF", 3, 0, "x"),
        ("ABCDEF", 3, 1, "x"),
        ("A" * 1500 + "def", 3, 0, "A" * 500 + "x"),
    ],
)
async def test_pruning(client: Redis, stored: str, limit: int, start: int, after: str) -> None:
    session = await filled(client, stored)
    tail = await read_tail(session, limit)
    assert await tail.replace(start, items("x"), is_old)
    assert await session.get_items() == items(after)


async def test_nothing_is_pruned_where_everything_was_read(client: Redis) -> None:
    session = await filled(client, "ABcd")
    tail = await read_tail(session, 9)
    assert await tail.replace(3, items("x"), is_old)
    assert await session.get_items() == items("ABcx")


async def test_what_is_no_item_goes_with_its_neighbours(client: Redis) -> None:
    session = await filled(client, "ab")
    await client.rpush(KEY, "broken")
    await session.add_items(items("c"))
    await client.rpush(KEY, "broken")
    tail = await read_tail(session, 9)
    assert tail.items == items("abc")
    assert await tail.replace(2, items("x"), None)
    assert await session.count() == 4
    tail = await read_tail(session, 9)
    assert await tail.replace(0, items("y"), None)
    assert await session.count() == 1


async def test_a_bad_item_replaces_nothing(client: Redis) -> None:
    session = await filled(client, "ab")
    tail = await read_tail(session, 9)
    with pytest.raises(TypeError, match=r"items\[1\]"):
        await tail.replace(0, [*items("x"), {"set": {1}}], None)
    assert await session.get_items() == items("ab")


async def test_five_thousand_items(client: Redis) -> None:
    session = await filled(client, "a" * 5000)
    tail = await read_tail(session, 4500)
    assert await tail.replace(100, items("b" * 3000), None)
    assert await session.get_items() == items("a" * 600 + "b" * 3000)


async def test_a_replacement_whose_reply_is_lost_happens_once(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("user-123", proxy.url) as session:
        await session.add_items(items("aaaa"))
        tail = await read_tail(session, 3)
        lost = proxy.arm("cut_after", b"EVALSHA")
        assert await tail.replace(1, items("a"), None) is True
        assert lost.fired == 1
        assert await session.get_items() == items("aaa")


async def test_one_command_replaces(server: Server, real_client: Redis) -> None:
    session = await filled(real_client, "abcde", ttl=100)
    for _ in range(2):  # the server learns the script
        tail = await read_tail(session, 3)
        with server.monitor() as monitor:
            await tail.replace(1, items("xy"), None)
    assert monitor.names == ["EVALSHA"]


async def test_what_is_refused_changes_nothing(server: Server, real_client: Redis) -> None:
    session = await filled(real_client, "abcde")
    for command in ("LTRIM", "RPUSH", "EXPIRE", "SET"):
        server.command("ACL", "SETUSER", "ada", "on", ">pw", "~*", "+@all", f"-{command}")
        limited = Redis(host=server.host, port=server.port, username="ada", password="pw")
        tail = await read_tail(RedisSession("user-123", limited, ttl=100), 3)
        for start in (0, 1):
            with pytest.raises(ResponseError, match=r"permission|can't run"):
                await tail.replace(start, items("xy"), None)
        await limited.aclose()
        server.command("ACL", "DELUSER", "ada")
    assert await session.get_items() == items("abcde")


async def test_on_a_cluster(cluster: Cluster) -> None:
    client = RedisCluster.from_url(cluster.url)
    session = RedisSession("user-123", client, ttl=100)
    await session.add_items(items("ABcdef"))
    tail = await read_tail(session, 3)
    assert await tail.replace(1, items("xy"), is_old)
    assert await session.get_items() == items("cdxy")
    assert await tail.replace(0, items("z"), None) is False
    await client.aclose()
