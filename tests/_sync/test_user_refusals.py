# Generated from tests/_async/test_user_refusals.py by tools/generate.py; edit that file instead.
"""Servers that are full or read-only, and calls that arrive late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from openai_agents_session import SyncRedisSessionManager

from ..support.internals import give_up_at_once, script, stored_list
from ..support.server import Server
from ..support.users import INDEX, A, B, info, key, lists

if TYPE_CHECKING:
    from ..support.proxy import FaultProxy


def listed(manager: SyncRedisSessionManager) -> dict[str, int]:
    page = manager.user("alice").page()
    return {found.session_id: found.count for found in page.sessions}


def test_a_full_server_can_still_be_emptied(own_server: Server) -> None:
    with SyncRedisSessionManager(url=own_server.url, ttl=None) as manager:
        alice = manager.user("alice")
        for name in ("popped", "cleared", "deleted", "rewound", "erased"):
            alice.session(name).add_items([A, A])
        manager.session("plain").add_items([A])
        own_server.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        own_server.command("CONFIG", "SET", "maxmemory", "1")
        before = alice.page()
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
                call()
        assert alice.page() == before
        assert alice.session("popped").pop_item() == A
        assert alice.session("popped").pop_item() == A
        alice.session("cleared").clear_session()
        assert alice.delete("deleted") is True
        assert alice.session("rewound").rewind() == [A, A]
        assert listed(manager) == {"erased": 2}
        assert alice.count() == 1
        alice.erase()
        assert alice.count() == 0
        assert lists(own_server) == {}
        own_server.command("CONFIG", "SET", "maxmemory", "0")
        assert manager.session("plain").get_items() == [A]


def test_a_read_only_replica_still_pages(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as primary:
        with SyncRedisSessionManager(url=primary.url, ttl=500) as manager:
            for name in ("a", "b", "c"):
                manager.user("alice").session(name).add_items([A, B])
            manager.user("alice").update("a", title="Rome")
            page = manager.user("alice").page()
        primary.command("ZADD", INDEX, "9" * 16, "gone")
        own_server.command("REPLICAOF", primary.host, primary.port)
        own_server.wait_info("replication", "master_link_status", "up")
        give_up_at_once(monkeypatch)
        with SyncRedisSessionManager(url=own_server.url, ttl=500) as manager:
            alice = manager.user("alice")
            assert [found.session_id for found in (alice.page()).sessions] == ["c", "b", "a"]
            assert (alice.page()).sessions[2].title == page.sessions[2].title == "Rome"
            first = alice.page(2)
            assert [found.session_id for found in first.sessions] == ["c", "b"]
            second = alice.page(2, first.next_cursor)
            assert [found.session_id for found in second.sessions] == ["a"]
            assert alice.count() == 3
            assert alice.session("a").get_items() == [A, B]
            changes: list[Any] = [
                lambda: alice.session("a").add_items([A]),
                lambda: alice.update("a", title="Paris"),
                lambda: alice.delete("a"),
                alice.erase,
            ]
            for call in changes:
                with pytest.raises(ReadOnlyError):
                    call()
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
def test_a_late_copy_does_nothing(server: Server, name: str, args: list[Any]) -> None:
    with SyncRedisSessionManager(url=server.url, ttl=None) as manager:
        alice = manager.user("alice")
        session = alice.session("holiday")
        session.add_items([A, A, B, A])
        receipt = stored_list(session).new_receipt()
        first = stored_list(session).mutate(script(name), receipt, *args)
        session.replace_items([A, B, A])
        alice.session("other").add_items([A])
        alice.update("holiday", title="new", metadata={"new": 1})
        before = alice.page()
        times = server.command("ZRANGE", INDEX, 0, -1, "WITHSCORES")
        assert stored_list(session).mutate(script(name), receipt, *args) == first
        assert alice.page() == before
        assert server.command("ZRANGE", INDEX, 0, -1, "WITHSCORES") == times
        assert session.get_items() == [A, B, A]


CALLS = ["add", "pop", "clear", "replace", "rewind", "turn", "fork", "update", "delete"]


@pytest.mark.parametrize("name", CALLS)
def test_lost_replies(server: Server, proxy: FaultProxy, name: str) -> None:
    with SyncRedisSessionManager(url=proxy.url, ttl=500) as manager:
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

        def turn() -> None:
            with session.turn("task-1") as turn:
                turn.add_items([B])

        counts = {"add": 4, "pop": 2, "clear": 0, "replace": 1, "rewind": 2, "turn": 4, "delete": 0}
        session.add_items([A, B, A])
        fault = proxy.arm("cut_after", b"EVAL")
        calls.get(name, turn)()
        assert fault.fired == 1
        expected = {"holiday": counts.get(name, 3), "copy": 3 if name == "fork" else 0}
        assert listed(manager) == {each: n for each, n in expected.items() if n}
        assert lists(server) == listed(manager)
        assert server.command("EXISTS", key("holiday")) == (expected["holiday"] > 0)
        assert server.command("EXISTS", info("holiday")) == (name != "delete")
