# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""A user that may run no more than the documentation says, and what happens where it may less."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from redis.exceptions import NoPermissionError

from openai_agents_session import RedisSession, RedisSessionManager, TurnConflictError

from .._aio import pause

if TYPE_CHECKING:
    from .._aio import Action
    from ..support.server import Server

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}
USER, REPLY = A, cast("Any", {"role": "assistant", "content": "a"})


def documented_user() -> list[str]:
    """Return the words of the ACL command in the documentation."""
    match = re.search(
        r"^ACL SETUSER (.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert match is not None
    return match[1].replace("\\\n", " ").split()


NAME, *RULES = documented_user()
COMMANDS = [rule[1:] for rule in RULES if rule.startswith("+")]


def open_session(server: Server, **options: Any) -> RedisSession:
    url = f"redis://{NAME}:secret@{server.host}:{server.port}"
    return RedisSession.from_url("user-123", url, **options)


def open_manager(server: Server) -> RedisSessionManager:
    url = f"redis://{NAME}:secret@{server.host}:{server.port}"
    return RedisSessionManager(url=url, key_prefix="openai_agents_session")


async def ids_of(manager: RedisSessionManager) -> list[str]:
    return [session_id async for session_id in manager.session_ids()]


def permit(server: Server, *more: str) -> None:
    server.command("ACL", "SETUSER", NAME, "reset", *RULES, *more)


@pytest.mark.parametrize("ttl", [None, 1000])
async def test_the_documented_user_can_do_everything(own_server: Server, ttl: int | None) -> None:
    permit(own_server)
    async with open_session(own_server, ttl=ttl) as session:
        await session.add_items([A, B])
        assert await session.get_items() == [A, B]
        assert await session.count() == 2
        assert await session.expires_in() == ttl
        assert await session.pop_item() == B
        await session.replace_items([B])
        assert await session.get_items(limit=1) == [B]
        assert await session.ping() is True
        async with session.lock(blocking_timeout=0) as lock:
            await lock.extend(10)
            assert await session.lock(blocking_timeout=0).acquire() is False
        await session.clear_session()
        assert await session.get_items() == []
    async with open_session(own_server, ttl=ttl, max_items=2) as session:
        for _ in range(3):
            await session.add_items([A, B])
        assert await session.get_items() == [A, B]


async def conflict(session: RedisSession) -> None:
    async with session.turn() as turn:
        await turn.add_items([A])
        await session.clear_session()


@pytest.mark.parametrize("ttl", [None, 1000])
@pytest.mark.parametrize("max_items", [None, 4])
async def test_the_documented_user_can_run_turns(
    own_server: Server, ttl: int | None, max_items: int | None
) -> None:
    permit(own_server)
    async with open_session(own_server, ttl=ttl, max_items=max_items) as session:
        for number in range(3):
            async with session.turn(f"turn-{number}", lease=0.3) as turn:
                await turn.add_items([A, B])
                if number == 0:
                    await pause(0.5)  # for longer than the lease, which is renewed
                    assert await session.lock(blocking_timeout=0).acquire() is False
        async with session.turn("turn-2") as again:
            assert again.repeated
            assert again.items == [A, B]
        before = await session.get_items()
        async with session.turn() as turn:
            assert await turn.get_items() == before
            await turn.clear_session()
            turn.rollback()
        assert await session.get_items() == before
        async with session.turn() as turn:
            await turn.replace_items([A, B])
        async with session.turn() as turn:
            assert await turn.pop_item() == B
        assert await session.get_items() == [A]
        async with session.turn() as turn:
            await turn.add_items([A, B])
            await turn.clear_session()
        assert await session.get_items() == []
        with pytest.raises(TurnConflictError):
            await conflict(session)
        assert await session.get_items() == []


@pytest.mark.parametrize("ttl", [None, 1000])
@pytest.mark.parametrize("max_items", [None, 2])
async def test_the_documented_user_can_add_once_and_rewind_and_fork(
    own_server: Server, ttl: int | None, max_items: int | None
) -> None:
    permit(own_server)
    async with open_session(own_server, ttl=ttl, max_items=max_items) as session:
        for number in range(3):
            for _ in range(2):
                await session.add_items([USER, REPLY], idempotency_key=f"batch-{number}")
        before = await session.get_items()
        assert len(before) == (max_items or 6)
        copy = await session.fork("copy", rewind=1)
        assert await copy.get_items() == before[:-2]
        assert await session.rewind() == [USER, REPLY]
        assert await session.get_items() == before[:-2]


async def test_the_documented_user_cannot_reach_other_keys(own_server: Server) -> None:
    permit(own_server)
    async with open_session(own_server, key_prefix="other") as session:
        for operation in (
            session.get_items,
            session.pop_item,
            session.clear_session,
            lambda: session.add_items([A]),
        ):
            with pytest.raises(NoPermissionError):
                await operation()


async def test_the_documented_user_can_list_sessions(own_server: Server) -> None:
    permit(own_server)
    async with open_session(own_server) as session:
        await session.add_items([A])
    async with open_manager(own_server) as manager:
        assert await ids_of(manager) == ["user-123"]
        assert (await manager.stats("user-123")).count == 1
    permit(own_server, "-scan")
    async with open_manager(own_server) as manager:
        with pytest.raises(NoPermissionError, match=r"scan"):
            await ids_of(manager)


CHANGES = {"add_items", "pop_item", "replace_items", "clear_session", "rewind", "fork"}
KEYED = {"turn", "add_once"}

# What each denied command keeps from working. No other operation may be hindered by it.
DENIED: dict[str, set[str]] = {
    "evalsha": {*CHANGES, *KEYED, "lock"},
    "eval": {*CHANGES, *KEYED, "lock"},
    "set": {*CHANGES, *KEYED, "lock"} - {"rewind"},
    "lrange": {"get_items", "turn", "rewind", "fork"},
    "llen": {"pop_item", "replace_items", "clear_session", "count", "expires_in", "rewind", *KEYED},
    "rpush": {"add_items", "pop_item", "replace_items", "rewind", "fork", *KEYED},
    "rpushx": {"rewind"},
    "rpop": {"pop_item"},
    "ltrim": {"replace_items", "rewind"},
    "unlink": {"replace_items", "clear_session", "fork"},
    "expire": {"pop_item", "clear_session", "lock", "rewind", *KEYED},
    "exists": {"replace_items", "clear_session", "lock", "fork", *KEYED},
    "ttl": {"expires_in"},
    "pttl": {"turn"},
    "get": {"clear_session", "fork", "lock", *KEYED},
    "del": {"lock", "turn"},
    "hget": KEYED,
    "hset": KEYED,
    "time": KEYED,
    "ping": {"ping"},
    "scan": {"session_ids"},
}
DENIED_WITH_TTL: dict[str, set[str]] = {
    "expire": {"add_items", "replace_items", "fork"},
    "pttl": {"pop_item", "rewind"},
}


def operations(session: RedisSession, manager: RedisSessionManager) -> dict[str, Action]:
    """Return each operation under its name; a ping that is refused raises here, too."""

    async def list_sessions() -> None:
        assert await ids_of(manager) == ["user-123"]

    async def hold_lock() -> None:
        async with session.lock(blocking_timeout=0):
            pass

    async def run_turn() -> None:
        async with session.turn("task-1") as turn:
            await turn.add_items([A])

    async def ping() -> None:
        if not await session.ping():
            raise NoPermissionError

    return {
        "get_items": session.get_items,
        "pop_item": session.pop_item,
        "turn": run_turn,
        "add_once": lambda: session.add_items([A], idempotency_key="batch-1"),
        "rewind": session.rewind,
        "fork": lambda: session.fork("copy"),
        "add_items": lambda: session.add_items([A]),
        "replace_items": lambda: session.replace_items([B]),
        "clear_session": session.clear_session,
        "count": session.count,
        "expires_in": session.expires_in,
        "ping": ping,
        "lock": hold_lock,
        "session_ids": list_sessions,
    }


AFTER: dict[str, list[Any]] = {
    "pop_item": [A],
    "turn": [A, B, A],
    "add_once": [A, B, A],
    "rewind": [],
    "add_items": [A, B, A],
    "replace_items": [B],
    "clear_session": [],
}


@pytest.mark.parametrize("ttl", [None, 1000])
@pytest.mark.parametrize("denied", COMMANDS)
async def test_a_denied_command_leaves_nothing_half_done(
    own_server: Server, denied: str, ttl: int | None
) -> None:
    permit(own_server)
    refused = DENIED.get(denied, set()) | (DENIED_WITH_TTL.get(denied, set()) if ttl else set())
    if own_server.binary.version < (7,):
        denied = denied.partition("|")[0]  # it can allow a single subcommand, but not deny one
    async with open_session(own_server, ttl=ttl) as session, open_manager(own_server) as manager:
        for name, operation in operations(session, manager).items():
            own_server.command("FLUSHALL")
            permit(own_server)
            await session.add_items([A, B])
            own_server.command("SCRIPT", "FLUSH")  # so that each script is sent in both ways
            permit(own_server, f"-{denied}")
            if name in refused:
                with pytest.raises(NoPermissionError):
                    await operation()
            else:
                await operation()
            permit(own_server)
            after = [A, B] if name in refused else AFTER.get(name, [A, B])
            assert await session.get_items() == after, name
            if after:
                assert await session.expires_in() == ttl


@pytest.mark.parametrize("denied", ["rpush", "set", "expire", "unlink", "ltrim"])
async def test_a_denied_write_is_denied_before_a_new_list_exists(
    own_server: Server, denied: str
) -> None:
    permit(own_server, f"-{denied}")
    async with open_session(own_server, ttl=1000) as session:
        if denied in {"unlink", "ltrim"}:  # which a first batch does not need
            await session.add_items([A])
            assert await session.get_items() == [A]
        else:
            with pytest.raises(NoPermissionError):
                await session.add_items([A])
            assert own_server.command("DBSIZE") == 0
