# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A call that arrives again after it was answered takes nothing, and brings nothing back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession, RedisSessionManager, TurnConflictError

from ..support.internals import script, stored_list
from ..support.polling import until
from ..support.turns import talk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..support.server import Server

A: Any = {"role": "user", "content": "a"}

UNANSWERED: list[tuple[str, list[Any]]] = [("pop.POP", []), ("rewind.REWIND", [1])]


@pytest.mark.parametrize(("name", "args"), UNANSWERED)
async def test_what_found_nothing_takes_nothing_later(
    server: Server, name: str, args: list[Any]
) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        stored = stored_list(session)
        receipt = stored.new_receipt()
        assert not await stored.mutate(script(name), receipt, *args)
        await session.add_items([A])
        again = await stored.mutate(script(name), receipt, *args)
        assert again in (None, [b""])
        assert await session.get_items() == [A]


async def test_what_did_not_fit_is_not_added_later(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        stored = stored_list(session)
        receipt = stored.new_receipt()
        late = (script("add.ADD_AT"), receipt, 1, b'{"late":1}')
        assert await stored.mutate(*late) == 0
        await session.add_items([A])
        assert await stored.mutate(*late) == 0
        assert await session.get_items() == [A]


async def test_a_copy_that_was_refused_is_not_made_later(server: Server) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        stored = stored_list(session)
        receipt = stored.new_receipt()
        late = (script("rewind.CREATE"), receipt, b'{"late":1}')
        await session.add_items([A])
        assert await stored.mutate(*late) == 0
        await session.clear_session()
        assert await stored.mutate(*late) == 0
        assert await session.count() == 0


VOIDED: dict[str, Callable[[RedisSessionManager], Any]] = {
    "clear": lambda manager: manager.user("alice").session("new").clear_session(),
    "delete": lambda manager: manager.user("alice").delete("new"),
    "erase": lambda manager: manager.user("alice").erase(),
}


@pytest.mark.parametrize("name", VOIDED)
async def test_what_was_removed_stays_gone_when_the_lease_is_gone(
    server: Server, name: str
) -> None:
    lock = b"session{alice}:new:~:lock"
    async with RedisSessionManager(url=server.url, ttl=None) as manager:
        alice = manager.user("alice")

        async def run() -> None:
            async with alice.session("new").turn() as turn:
                await turn.add_items(talk("secret"))
                await VOIDED[name](manager)
                server.command("PEXPIRE", lock, 1)
                until(lambda: server.command("EXISTS", lock) == 0, 5, "the lease to expire")

        with pytest.raises(TurnConflictError, match="cleared"):
            await run()
        assert await alice.count() == 0
        assert await alice.session("new").count() == 0


async def test_a_commit_that_failed_is_not_made_later(server: Server) -> None:
    lock = b"{openai_agents_session:ada}:~lock"
    async with RedisSession.from_url("ada", server.url) as session:

        async def run() -> None:
            async with session.turn() as turn:
                await turn.add_items(talk("a"))
                server.command("SET", lock, "turn:host:1:other")

        with server.monitor() as monitor, pytest.raises(TurnConflictError):
            await run()
        digest = script("turn.COMMIT").sha.encode()
        [late] = [command for command in monitor.commands if command[1:2] == (digest,)]
        server.command("DEL", lock)
        assert server.command(*late) == [b"conflict", b"cleared"]
        assert await session.count() == 0
