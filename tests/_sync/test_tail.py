# Generated from tests/_async/test_tail.py by tools/generate.py; edit that file instead.
"""The end of a conversation is replaced where it is still what was read, else left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ResponseError

from openai_agents_session import SyncRedisSession

from .._blocking import Redis, RedisCluster
from ..support.internals import read_tail

if TYPE_CHECKING:
    from .._blocking import Action
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


def filled(client: Redis, text: str, ttl: int | None = None) -> SyncRedisSession:
    session = SyncRedisSession("user-123", client, ttl=ttl)
    session.add_items(items(text))
    return session


@pytest.mark.parametrize(
    ("limit", "read", "complete"),
    [(3, "cde", False), (5, "abcde", True), (9, "abcde", True), (1, "e", False)],
)
def test_what_is_read(client: Redis, limit: int, read: str, complete: bool) -> None:
    session = filled(client, "abcde", ttl=100)
    client.expire(KEY, 10)
    tail = read_tail(session, limit)
    assert tail.items == items(read)
    assert tail.complete is complete
    assert session.expires_in() == 100


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
def test_a_part_is_replaced(
    client: Redis, limit: int, start: int, new: str, after: str, ttl: int | None
) -> None:
    session = filled(client, "abcde", ttl)
    tail = read_tail(session, limit)
    assert tail.replace(start, items(new), None) is True
    assert session.get_items() == items(after)
    assert session.expires_in() == (ttl if after else None)
    assert client.exists(KEY) == bool(after)


def test_a_lifetime_that_others_set_stays(client: Redis) -> None:
    session = filled(client, "abc")
    client.expire(KEY, 50)
    for start in (1, 0):
        tail = read_tail(session, 9)
        assert tail.replace(start, items("xy"), None)
        assert session.expires_in() == 50


def test_a_history_that_has_changed_is_left_alone(client: Redis) -> None:
    changes: list[Action] = [
        lambda: SyncRedisSession("user-123", client).add_items(items("z")),
        lambda: SyncRedisSession("user-123", client).pop_item(),
        lambda: SyncRedisSession("user-123", client).clear_session(),
        lambda: SyncRedisSession("user-123", client).replace_items(items("abczz")),
        lambda: SyncRedisSession("user-123", client).replace_items(items("abcdz")),
    ]
    for change in changes:
        session = filled(client, "abcde", ttl=100)
        tail = read_tail(session, 4)
        change()
        left = session.get_items()
        assert tail.replace(1, items("x"), None) is False
        assert session.get_items() == left
        session.clear_session()


def test_a_change_before_the_replaced_part_does_not_matter(client: Redis) -> None:
    session = filled(client, "abcde")
    tail = read_tail(session, 4)
    session.replace_items(items("zzde"))
    assert tail.replace(2, items("x"), None)
    assert session.get_items() == items("zzx")


def test_there_must_be_something_to_replace(client: Redis) -> None:
    session = filled(client, "ab")
    tail = read_tail(session, 9)
    assert tail.replace(2, items("x"), None) is False
    empty = read_tail(SyncRedisSession("nobody", client), 9)
    assert (empty.items, empty.complete) == ([], True)
    assert empty.replace(0, items("x"), None) is False
    assert session.get_items() == items("ab")


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
def test_pruning(client: Redis, stored: str, limit: int, start: int, after: str) -> None:
    session = filled(client, stored)
    tail = read_tail(session, limit)
    assert tail.replace(start, items("x"), is_old)
    assert session.get_items() == items(after)


def test_nothing_is_pruned_where_everything_was_read(client: Redis) -> None:
    session = filled(client, "ABcd")
    tail = read_tail(session, 9)
    assert tail.replace(3, items("x"), is_old)
    assert session.get_items() == items("ABcx")


def test_what_is_no_item_goes_with_its_neighbours(client: Redis) -> None:
    session = filled(client, "ab")
    client.rpush(KEY, "broken")
    session.add_items(items("c"))
    client.rpush(KEY, "broken")
    tail = read_tail(session, 9)
    assert tail.items == items("abc")
    assert tail.replace(2, items("x"), None)
    assert session.count() == 4
    tail = read_tail(session, 9)
    assert tail.replace(0, items("y"), None)
    assert session.count() == 1


def test_a_bad_item_replaces_nothing(client: Redis) -> None:
    session = filled(client, "ab")
    tail = read_tail(session, 9)
    with pytest.raises(TypeError, match=r"items\[1\]"):
        tail.replace(0, [*items("x"), {"set": {1}}], None)
    assert session.get_items() == items("ab")


def test_five_thousand_items(client: Redis) -> None:
    session = filled(client, "a" * 5000)
    tail = read_tail(session, 4500)
    assert tail.replace(100, items("b" * 3000), None)
    assert session.get_items() == items("a" * 600 + "b" * 3000)


def test_a_replacement_whose_reply_is_lost_happens_once(proxy: FaultProxy) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url) as session:
        session.add_items(items("aaaa"))
        tail = read_tail(session, 3)
        lost = proxy.arm("cut_after", b"EVALSHA")
        assert tail.replace(1, items("a"), None) is True
        assert lost.fired == 1
        assert session.get_items() == items("aaa")


def test_one_command_replaces(server: Server, real_client: Redis) -> None:
    session = filled(real_client, "abcde", ttl=100)
    for _ in range(2):  # the server learns the script
        tail = read_tail(session, 3)
        with server.monitor() as monitor:
            tail.replace(1, items("xy"), None)
    assert monitor.names == ["EVALSHA"]


def test_what_is_refused_changes_nothing(server: Server, real_client: Redis) -> None:
    session = filled(real_client, "abcde")
    for command in ("LTRIM", "RPUSH", "EXPIRE", "SET"):
        server.command("ACL", "SETUSER", "ada", "on", ">pw", "~*", "+@all", f"-{command}")
        limited = Redis(host=server.host, port=server.port, username="ada", password="pw")
        tail = read_tail(SyncRedisSession("user-123", limited, ttl=100), 3)
        for start in (0, 1):
            with pytest.raises(ResponseError, match=r"permission|can't run"):
                tail.replace(start, items("xy"), None)
        limited.close()
        server.command("ACL", "DELUSER", "ada")
    assert session.get_items() == items("abcde")


def test_on_a_cluster(cluster: Cluster) -> None:
    client = RedisCluster.from_url(cluster.url)
    session = SyncRedisSession("user-123", client, ttl=100)
    session.add_items(items("ABcdef"))
    tail = read_tail(session, 3)
    assert tail.replace(1, items("xy"), is_old)
    assert session.get_items() == items("cdxy")
    assert tail.replace(0, items("z"), None) is False
    client.close()
