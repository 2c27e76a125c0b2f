# Generated from tests/_async/test_least_privilege.py by tools/generate.py; edit that file instead.
"""A user that may run no more than the documentation says, and what happens where it may less."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from redis.exceptions import NoPermissionError

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager, TurnConflictError

from .._blocking import pause

if TYPE_CHECKING:
    from .._blocking import Action
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


def open_session(server: Server, **options: Any) -> SyncRedisSession:
    url = f"redis://{NAME}:secret@{server.host}:{server.port}"
    return SyncRedisSession.from_url("user-123", url, **options)


def open_manager(server: Server) -> SyncRedisSessionManager:
    url = f"redis://{NAME}:secret@{server.host}:{server.port}"
    return SyncRedisSessionManager(url=url, key_prefix="openai_agents_session")


def ids_of(manager: SyncRedisSessionManager) -> list[str]:
    return [session_id for session_id in manager.session_ids()]


def permit(server: Server, *more: str) -> None:
    server.command("ACL", "SETUSER", NAME, "reset", *RULES, *more)


@pytest.mark.parametrize("ttl", [None, 1000])
def test_the_documented_user_can_do_everything(own_server: Server, ttl: int | None) -> None:
    permit(own_server)
    with open_session(own_server, ttl=ttl) as session:
        session.add_items([A, B])
        assert session.get_items() == [A, B]
        assert session.count() == 2
        assert session.expires_in() == ttl
        assert session.pop_item() == B
        session.replace_items([B])
        assert session.get_items(limit=1) == [B]
        assert session.ping() is True
        with session.lock(blocking_timeout=0) as lock:
            lock.extend(10)
            assert session.lock(blocking_timeout=0).acquire() is False
        session.clear_session()
        assert session.get_items() == []
    with open_session(own_server, ttl=ttl, max_items=2) as session:
        for _ in range(3):
            session.add_items([A, B])
        assert session.get_items() == [A, B]


def conflict(session: SyncRedisSession) -> None:
    with session.turn() as turn:
        turn.add_items([A])
        session.clear_session()


@pytest.mark.parametrize("ttl", [None, 1000])
@pytest.mark.parametrize("max_items", [None, 4])
def test_the_documented_user_can_run_turns(
    own_server: Server, ttl: int | None, max_items: int | None
) -> None:
    permit(own_server)
    with open_session(own_server, ttl=ttl, max_items=max_items) as session:
        for number in range(3):
            with session.turn(f"turn-{number}", lease=0.3) as turn:
                turn.add_items([A, B])
                if number == 0:
                    pause(0.5)  # for longer than the lease, which is renewed
                    assert session.lock(blocking_timeout=0).acquire() is False
        with session.turn("turn-2") as again:
            assert again.repeated
            assert again.items == [A, B]
        before = session.get_items()
        with session.turn() as turn:
            assert turn.get_items() == before
            turn.clear_session()
            turn.rollback()
        assert session.get_items() == before
        with session.turn() as turn:
            turn.replace_items([A, B])
        with session.turn() as turn:
            assert turn.pop_item() == B
        assert session.get_items() == [A]
        with session.turn() as turn:
            turn.add_items([A, B])
            turn.clear_session()
        assert session.get_items() == []
        with pytest.raises(TurnConflictError):
            conflict(session)
        assert session.get_items() == []


@pytest.mark.parametrize("ttl", [None, 1000])
@pytest.mark.parametrize("max_items", [None, 2])
def test_the_documented_user_can_add_once_and_rewind_and_fork(
    own_server: Server, ttl: int | None, max_items: int | None
) -> None:
    permit(own_server)
    with open_session(own_server, ttl=ttl, max_items=max_items) as session:
        for number in range(3):
            for _ in range(2):
                session.add_items([USER, REPLY], idempotency_key=f"batch-{number}")
        before = session.get_items()
        assert len(before) == (max_items or 6)
        copy = session.fork("copy", rewind=1)
        assert copy.get_items() == before[:-2]
        assert session.rewind() == [USER, REPLY]
        assert session.get_items() == before[:-2]


def test_the_documented_user_cannot_reach_other_keys(own_server: Server) -> None:
    permit(own_server)
    with open_session(own_server, key_prefix="other") as session:
        for operation in (
            session.get_items,
            session.pop_item,
            session.clear_session,
            lambda: session.add_items([A]),
        ):
            with pytest.raises(NoPermissionError):
                operation()


def test_the_documented_user_can_list_sessions(own_server: Server) -> None:
    permit(own_server)
    with open_session(own_server) as session:
        session.add_items([A])
    with open_manager(own_server) as manager:
        assert ids_of(manager) == ["user-123"]
        assert (manager.stats("user-123")).count == 1
    permit(own_server, "-scan")
    with open_manager(own_server) as manager:
        with pytest.raises(NoPermissionError, match=r"scan"):
            ids_of(manager)


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


def operations(session: SyncRedisSession, manager: SyncRedisSessionManager) -> dict[str, Action]:
    """Return each operation under its name; a ping that is refused raises here, too."""

    def list_sessions() -> None:
        assert ids_of(manager) == ["user-123"]

    def hold_lock() -> None:
        with session.lock(blocking_timeout=0):
            pass

    def run_turn() -> None:
        with session.turn("task-1") as turn:
            turn.add_items([A])

    def ping() -> None:
        if not session.ping():
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
def test_a_denied_command_leaves_nothing_half_done(
    own_server: Server, denied: str, ttl: int | None
) -> None:
    permit(own_server)
    refused = DENIED.get(denied, set()) | (DENIED_WITH_TTL.get(denied, set()) if ttl else set())
    if own_server.binary.version < (7,):
        denied = denied.partition("|")[0]  # it can allow a single subcommand, but not deny one
    with open_session(own_server, ttl=ttl) as session, open_manager(own_server) as manager:
        for name, operation in operations(session, manager).items():
            own_server.command("FLUSHALL")
            permit(own_server)
            session.add_items([A, B])
            own_server.command("SCRIPT", "FLUSH")  # so that each script is sent in both ways
            permit(own_server, f"-{denied}")
            if name in refused:
                with pytest.raises(NoPermissionError):
                    operation()
            else:
                operation()
            permit(own_server)
            after = [A, B] if name in refused else AFTER.get(name, [A, B])
            assert session.get_items() == after, name
            if after:
                assert session.expires_in() == ttl


@pytest.mark.parametrize("denied", ["rpush", "set", "expire", "unlink", "ltrim"])
def test_a_denied_write_is_denied_before_a_new_list_exists(
    own_server: Server, denied: str
) -> None:
    permit(own_server, f"-{denied}")
    with open_session(own_server, ttl=1000) as session:
        if denied in {"unlink", "ltrim"}:  # which a first batch does not need
            session.add_items([A])
            assert session.get_items() == [A]
        else:
            with pytest.raises(NoPermissionError):
                session.add_items([A])
            assert own_server.command("DBSIZE") == 0
