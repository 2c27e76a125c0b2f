# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Servers that are full or read-only, and calls that arrive late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from openai_agents_session import RedisSessionManager

from ..support.internals import give_up_at_once, script, stored_list
from ..support.server import Server
from ..support.users import INDEX, A, B, info, key, lists

if TYPE_CHECKING:
    from ..support.proxy import FaultProxy


async def listed(manager: RedisSessionManager) -> dict[str, int]:
    page = await manager.user("alice").page()
    return {found.session_id: found.count for found in page.sessions}


async def test_a_full_server_can_still_be_emptied(own_server: Server) -> None:
    async with RedisSessionManager(url=own_server.url, ttl=None) as manager:
        alice = manager.user("alice")
        for name in ("popped", "cleared", "deleted", "rewound", "erased"):
            await alice.session(name).add_items([A, A])
        await manager.session("plain").add_items([A])
        own_server.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        own_server.command("CONFIG", "SET", "maxmemory", "1")
        before = await alice.page()
        refused: list[Any] = [
            lambda: alice.session("new").add_items([A]),
            lambda: alice.session("popped").add_items([A]),
            lambda: alice.session("popped").replace_items([A]),
            lambda: alice.session("popped").fork("new"),
            lambda: alice.update("popped", title="Rome"),
            lambda: alice.adopt("plain"),
        ]
        for call in refused:
            with pytest.raises(OutOfMemoryError):
                await call()
        assert await alice.page() == before
        assert await alice.session("popped").pop_item() == A
        assert await alice.session("popped").pop_item() == A
        await alice.session("cleared").clear_session()
        assert await alice.delete("deleted") is True
        assert await alice.session("rewound").rewind() == [A, A]
        assert await listed(manager) == {"erased": 2}
        assert await alice.count() == 1
        await alice.erase()
        assert await alice.count() == 0
        assert lists(own_server) == {}
        own_server.command("CONFIG", "SET", "maxmemory", "0")
        assert await manager.session("plain").get_items() == [A]


async def test_a_read_only_replica_still_pages(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as primary:
        async with RedisSessionManager(url=primary.url, ttl=500) as manager:
            for name in ("a", "b", "c"):
                await manager.user("alice").session(name).add_items([A, B])
            await manager.user("alice").update("a", title="Rome")
            page = await manager.user("alice").page()
        primary.command("ZADD", INDEX, "9" * 16, "gone")
        own_server.command("REPLICAOF", primary.host, primary.port)
        own_server.wait_info("replication", "master_link_status", "up")
        give_up_at_once(monkeypatch)
        async with RedisSessionManager(url=own_server.url, ttl=500) as manager:
            alice = manager.user("alice")
            assert [found.session_id for found in (await alice.page()).sessions] == ["c", "b", "a"]
            assert (await alice.page()).sessions[2].title == page.sessions[2].title == "Rome"
            first = await alice.page(2)
            assert [found.session_id for found in first.sessions] == ["c", "b"]
            second = await alice.page(2, first.next_cursor)
            assert [found.session_id for found in second.sessions] == ["a"]
            assert await alice.count() == 3
            assert await alice.session("a").get_items() == [A, B]
            changes: list[Any] = [
                lambda: alice.session("a").add_items([A]),
                lambda: alice.update("a", title="Paris"),
                lambda: alice.delete("a"),
                alice.erase,
            ]
            for call in changes:
                with pytest.raises(ReadOnlyError):
                    await call()
        assert primary.command("ZCARD", INDEX) == 4


MUTATIONS: list[tuple[str, list[Any]]] = [
    ("users.UPDATE", [1, b'"late"', 1, b'{"late":1}']),
    ("users.DELETE", []),
    ("add.ADD", [b'{"late":1}']),
    ("replace.CLEAR", []),
    ("rewind.REWIND", [1]),
    ("pop.POP", []),
]


@pytest.mark.parametrize(("name", "args"), MUTATIONS)
async def test_a_late_copy_does_nothing(server: Server, name: str, args: list[Any]) -> None:
    async with RedisSessionManager(url=server.url, ttl=None) as manager:
        alice = manager.user("alice")
        session = alice.session("holiday")
        await session.add_items([A, A, B, A])
        receipt = stored_list(session).new_receipt()
        first = await stored_list(session).mutate(script(name), receipt, *args)
        await session.replace_items([A, B, A])
        await alice.session("other").add_items([A])
        await alice.update("holiday", title="new", metadata={"new": 1})
        before = await alice.page()
        times = server.command("ZRANGE", INDEX, 0, -1, "WITHSCORES")
        assert await stored_list(session).mutate(script(name), receipt, *args) == first
        assert await alice.page() == before
        assert server.command("ZRANGE", INDEX, 0, -1, "WITHSCORES") == times
        assert await session.get_items() == [A, B, A]


CALLS = ["add", "pop", "clear", "replace", "rewind", "turn", "fork", "update", "delete"]


@pytest.mark.parametrize("name", CALLS)
async def test_lost_replies(server: Server, proxy: FaultProxy, name: str) -> None:
    async with RedisSessionManager(url=proxy.url, ttl=500) as manager:
        alice = manager.user("alice")
        session = alice.session("holiday")
        calls: dict[str, Any] = {
            "add": lambda: session.add_items([B]),
            "pop": session.pop_item,
            "clear": session.clear_session,
            "replace": lambda: session.replace_items([B]),
            "rewind": session.rewind,
            "fork": lambda: session.fork("copy"),
            "update": lambda: alice.update("holiday", title="Rome"),
            "delete": lambda: alice.delete("holiday"),
        }

        async def turn() -> None:
            async with session.turn("task-1") as turn:
                await turn.add_items([B])

        counts = {"add": 4, "pop": 2, "clear": 0, "replace": 1, "rewind": 2, "turn": 4, "delete": 0}
        await session.add_items([A, B, A])
        fault = proxy.arm("cut_after", b"EVAL")
        await calls.get(name, turn)()
        assert fault.fired == 1
        expected = {"holiday": counts.get(name, 3), "copy": 3 if name == "fork" else 0}
        assert await listed(manager) == {each: n for each, n in expected.items() if n}
        assert lists(server) == await listed(manager)
        assert server.command("EXISTS", key("holiday")) == (expected["holiday"] > 0)
        assert server.command("EXISTS", info("holiday")) == (name != "delete")
