# Generated from tests/_async/test_user_privilege.py by tools/generate.py; edit that file instead.
"""A server user that may run less than users' conversations need changes nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import NoPermissionError

from openai_agents_session import SyncRedisSessionManager, SyncUserSessions

from ..support.users import A, B

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..support.server import Server

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
PREFIX = "openai_agents_session"


def documented_rules() -> list[str]:
    """Return the rules of both ACL commands in the documentation."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^ACL SETUSER (.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    return [word for block in blocks for word in block.replace("\\\n", " ").split()[1:]]


RULES = documented_rules()
COMMANDS = [rule[1:] for rule in RULES if rule.startswith("+")]


def permit(server: Server, *more: str) -> None:
    server.command("ACL", "SETUSER", "agents", "reset", *RULES, *more)


def open_manager(server: Server, user: str, **options: Any) -> SyncRedisSessionManager:
    url = f"redis://{user}@{server.host}:{server.port}"
    return SyncRedisSessionManager(url=url, key_prefix=PREFIX, **options)


def turn(alice: SyncUserSessions) -> None:
    with alice.session("holiday").turn("task-1") as turn:
        turn.add_items([A])


def pop_in_a_turn(alice: SyncUserSessions) -> None:
    with alice.session("holiday").turn() as turn:
        turn.pop_item()


def all_of(alice: SyncUserSessions) -> None:
    assert len([each for each in alice.sessions()]) == 2


Operation = Any

OPERATIONS: dict[str, Callable[[SyncUserSessions], Any]] = {
    "add": lambda alice: alice.session("holiday").add_items([A]),
    "add to a new one": lambda alice: alice.session("new").add_items([A]),
    "add with a key": lambda alice: alice.session("holiday").add_items([A], idempotency_key="k"),
    "pop": lambda alice: alice.session("holiday").pop_item(),
    "pop the last": lambda alice: alice.session("other").pop_item(),
    "clear": lambda alice: alice.session("holiday").clear_session(),
    "replace": lambda alice: alice.session("holiday").replace_items([B]),
    "rewind": lambda alice: alice.session("holiday").rewind(),
    "fork": lambda alice: alice.session("holiday").fork("new"),
    "turn": turn,
    "pop in a turn": pop_in_a_turn,
    "update": lambda alice: alice.update("holiday", title="new", metadata={}),
    "delete": lambda alice: alice.delete("holiday"),
    "adopt": lambda alice: alice.adopt("plain"),
    "page": lambda alice: alice.page(),
    "page by page": lambda alice: alice.page(1),
    "sessions": all_of,
    "count": lambda alice: alice.count(),
    "read": lambda alice: alice.session("holiday").get_items(),
}


def snapshot(manager: SyncRedisSessionManager) -> list[Any]:
    """Return what the user has, as another server user sees it."""
    alice = manager.user("alice")
    found = [
        (each.session_id, each.count, each.title, each.metadata, each.created_at)
        for each in alice.sessions()
    ]
    items = [alice.session(each[0]).get_items() for each in found]
    return [found, items, manager.session("plain").get_items()]


def prepare(server: Server, manager: SyncRedisSessionManager) -> list[Any]:
    server.command("FLUSHALL")
    permit(server)
    alice = manager.user("alice")
    manager.session("plain").add_items([A, B])
    alice.session("other").add_items([A])
    alice.session("holiday").add_items([A, B, A, B])
    alice.update("holiday", title="Rome", metadata={"a": 1})
    return snapshot(manager)


@pytest.mark.parametrize("options", [{"ttl": None}, {"ttl": 1000, "max_items": 4}])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_denied_command_leaves_the_index_true(
    own_server: Server, name: str, options: dict[str, Any]
) -> None:
    own_server.command("ACL", "SETUSER", "admin", "on", ">secret", "~*", "+@all")
    operation, refused = OPERATIONS[name], []
    permit(own_server)
    admin = open_manager(own_server, "admin:secret", **options)
    manager = open_manager(own_server, "agents:secret", **options)
    prepare(own_server, admin)
    operation(manager.user("alice"))  # with all that is documented, it works
    for denied in COMMANDS:
        before = prepare(own_server, admin)
        permit(own_server, f"-{denied}")
        try:
            operation(manager.user("alice"))
        except NoPermissionError:
            refused.append(denied)
            assert snapshot(admin) == before, denied
            lost = [found for found in before[0] if found[0] in {"holiday", "other"}]
            assert len(lost) == 2
    assert refused
    admin.close()
    manager.close()


def test_the_documented_user_can_erase(own_server: Server) -> None:
    own_server.command("ACL", "SETUSER", "admin", "on", ">secret", "~*", "+@all")
    permit(own_server)
    admin = open_manager(own_server, "admin:secret", ttl=None)
    manager = open_manager(own_server, "agents:secret", ttl=None)
    for denied in ("", *COMMANDS):
        prepare(own_server, admin)
        permit(own_server, *([f"-{denied}"] if denied else []))
        alice = manager.user("alice")
        try:
            alice.erase()
        except NoPermissionError:
            assert denied
            found, items, plain = snapshot(admin)  # whatever is there is listed as it is
            assert [each[1] for each in found] == list(map(len, items))
            assert plain == [A, B]
            permit(own_server)
            alice.erase()
        assert (snapshot(admin))[0] == []
    admin.close()
    manager.close()


def test_the_documented_user_cannot_reach_other_keys(own_server: Server) -> None:
    permit(own_server)
    url = f"redis://agents:secret@{own_server.host}:{own_server.port}"
    with SyncRedisSessionManager(url=url, key_prefix="other") as manager:
        alice = manager.user("alice")
        for call in (alice.page, alice.count, alice.erase):
            with pytest.raises(NoPermissionError):
                call()
        for one in (alice.update, alice.delete, alice.adopt):
            with pytest.raises(NoPermissionError):
                one("holiday")
