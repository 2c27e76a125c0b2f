# Generated from tests/_async/test_least_privilege.py by tools/generate.py; edit that file instead.
"""A user that may run no more than the documentation says, and what happens where it may less."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import NoPermissionError

from openai_agents_session import SyncRedisSession

if TYPE_CHECKING:
    from .._blocking import Action
    from ..support.server import Server

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


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


@pytest.mark.parametrize("ttl", [None, 1000])
@pytest.mark.parametrize("denied", COMMANDS)
def test_a_denied_command_leaves_nothing_half_done(
    own_server: Server, denied: str, ttl: int | None
) -> None:
    permit(own_server)
    if own_server.binary.version < (7,):
        denied = denied.partition("|")[0]  # it can allow a single subcommand, but not deny one
    history = "openai_agents_session:user-123"
    with open_session(own_server, ttl=ttl) as session:
        operations: list[tuple[Action, list[Any]]] = [
            (session.get_items, [A, B]),
            (session.pop_item, [A]),
            (lambda: session.add_items([A]), [A, B, A]),
            (lambda: session.replace_items([B]), [B]),
            (session.clear_session, []),
        ]
        for operation, expected in operations:
            own_server.command("DEL", history)
            permit(own_server)
            session.add_items([A, B])
            permit(own_server, f"-{denied}")
            try:
                operation()
                after = expected
            except NoPermissionError:
                after = [A, B]
            permit(own_server)
            assert session.get_items() == after
            if after:
                assert session.expires_in() == ttl


@pytest.mark.parametrize("denied", ["rpush", "set", "expire", "unlink", "ltrim"])
def test_a_denied_write_is_denied_before_a_new_list_exists(
    own_server: Server, denied: str
) -> None:
    permit(own_server, f"-{denied}")
    with open_session(own_server, ttl=1000) as session:
        try:
            session.add_items([A])
            assert denied in {"unlink", "ltrim"}
        except NoPermissionError:
            assert own_server.command("DBSIZE") == 0
