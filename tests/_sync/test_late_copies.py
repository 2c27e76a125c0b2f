# Generated from tests/_async/test_late_copies.py by tools/generate.py; edit that file instead.
"""A call that arrives again after it was answered takes nothing, and brings nothing back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager, TurnConflictError

from ..support.internals import script, stored_list
from ..support.polling import until
from ..support.turns import talk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..support.server import Server

A: Any = {"role": "user", "content": "a"}

UNANSWERED: list[tuple[str, list[Any]]] = [("pop.POP", []), ("rewind.REWIND", [1])]


@pytest.mark.parametrize(("name", "args"), UNANSWERED)
def test_what_found_nothing_takes_nothing_later(
    server: Server, name: str, args: list[Any]
) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        stored = stored_list(session)
        receipt = stored.new_receipt()
        assert not stored.mutate(script(name), receipt, *args)
        session.add_items([A])
        again = stored.mutate(script(name), receipt, *args)
        assert again in (None, [b""])
        assert session.get_items() == [A]


def test_what_did_not_fit_is_not_added_later(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        stored = stored_list(session)
        receipt = stored.new_receipt()
        late = (script("add.ADD_AT"), receipt, 1, b'{"late":1}')
        assert stored.mutate(*late) == 0
        session.add_items([A])
        assert stored.mutate(*late) == 0
        assert session.get_items() == [A]


def test_a_copy_that_was_refused_is_not_made_later(server: Server) -> None:
    with SyncRedisSession.from_url("ada", server.url) as session:
        stored = stored_list(session)
        receipt = stored.new_receipt()
        late = (script("rewind.CREATE"), receipt, b'{"late":1}')
        session.add_items([A])
        assert stored.mutate(*late) == 0
        session.clear_session()
        assert stored.mutate(*late) == 0
        assert session.count() == 0


VOIDED: dict[str, Callable[[SyncRedisSessionManager], Any]] = {
    "clear": lambda manager: manager.user("alice").session("new").clear_session(),
    "delete": lambda manager: manager.user("alice").delete("new"),
    "erase": lambda manager: manager.user("alice").erase(),
}


@pytest.mark.parametrize("name", VOIDED)
def test_what_was_removed_stays_gone_when_the_lease_is_gone(
    server: Server, name: str
) -> None:
    lock = b"session{alice}:new:~:lock"
    with SyncRedisSessionManager(url=server.url, ttl=None) as manager:
        alice = manager.user("alice")

        def run() -> None:
            with alice.session("new").turn() as turn:
                turn.add_items(talk("secret"))
                VOIDED[name](manager)
                server.command("PEXPIRE", lock, 1)
                until(lambda: server.command("EXISTS", lock) == 0, 5, "the lease to expire")

        with pytest.raises(TurnConflictError, match="cleared"):
            run()
        assert alice.count() == 0
        assert alice.session("new").count() == 0


def test_a_commit_that_failed_is_not_made_later(server: Server) -> None:
    lock = b"{openai_agents_session:ada}:~lock"
    with SyncRedisSession.from_url("ada", server.url) as session:

        def run() -> None:
            with session.turn() as turn:
                turn.add_items(talk("a"))
                server.command("SET", lock, "turn:host:1:other")

        with server.monitor() as monitor, pytest.raises(TurnConflictError):
            run()
        digest = script("turn.COMMIT").sha.encode()
        [late] = [command for command in monitor.commands if command[1:2] == (digest,)]
        server.command("DEL", lock)
        assert server.command(*late) == [b"conflict", b"cleared"]
        assert session.count() == 0
