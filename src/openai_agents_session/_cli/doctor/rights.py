"""The rights: whether the user may run what the library sends, for the keys that it uses.

Redis checks the rights before anything else, so any answer but a denial means that the command is
allowed. Asking with ACL DRYRUN would need rights that an application should not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.exceptions import NoPermissionError

from .commands import KEY, LISTING, MOVES, ON_A_STRING, SESSIONS, SWEEPING, TURNS, USERS
from .finding import Finding, ok, problem
from .servers import is_hidden, side_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_agents_session import SyncRedisSession

    from .node import Node
    from .servers import Servers

CHECK = "rights"


def check(servers: Servers) -> Iterator[Finding]:
    """Check the rights on every server: the nodes of a cluster do not share them."""
    yield from servers.on_every_node(_check_node)


def _check_node(servers: Servers, node: Node) -> Iterator[Finding]:
    probe = servers.probe(node)
    if probe is None:
        return
    found = [*_commands(servers, node, probe), *_keys(servers, node, probe)]
    yield from found or [ok(CHECK, "the user may run every command that the library sends")]


def _commands(servers: Servers, node: Node, probe: SyncRedisSession) -> Iterator[Finding]:
    needs = [
        SESSIONS,
        TURNS,
        LISTING,
        *([USERS, SWEEPING, MOVES] if servers.user is not None else []),
    ]
    wanted = {name: args for need in needs for name, args in need.commands.items()}
    commands = [
        (name, *(probe.key if arg is KEY else arg for arg in args)) for name, args in wanted.items()
    ]
    replies = dict(zip(wanted, node.ask_together(commands), strict=True))
    replies |= servers.trial(node)
    for need in needs:
        names = {*need.commands, *(name for name, of in ON_A_STRING.items() if of is need)}
        denied = sorted(name for name in names if _is_denied(replies.get(name)))
        if denied:
            yield Finding(
                CHECK,
                need.status,
                f"the user may not run {', '.join(denied)}: {need.what}",
                f"allow it: {_set_user(servers, *(f'+{name}' for name in denied))}",
            )
        missing = sorted(name for name in names if "unknown command" in str(replies.get(name)))
        if missing:
            yield Finding(
                CHECK,
                need.status,
                f"the server has no {', '.join(missing)}: {need.what}",
                "remove what renames or disables it (rename-command) from the server's "
                "configuration, or use a service that offers it",
            )


def _keys(servers: Servers, node: Node, probe: SyncRedisSession) -> Iterator[Finding]:
    """Check the patterns of keys: those of conversations, and those of their side keys."""
    side = f"{side_keys(probe)}r:{'0' * 32}"
    names = {_pattern(servers, probe.key): probe.key, _pattern(servers, side): side}
    for pattern, key in names.items():
        may_read = not is_hidden(node.refusal("EXISTS", key))
        may_write = not is_hidden(node.refusal("UNLINK", key))
        if may_read and may_write:
            continue
        what = "change" if may_read else "use"
        yield problem(
            CHECK,
            f"the user may not {what} the keys {pattern}: conversations cannot be stored",
            f"allow it: {_set_user(servers, f'~{pattern}')}",
        )


def _pattern(servers: Servers, key: str) -> str:
    """Return the pattern of an ACL that lets a user have this key and its like."""
    prefix = servers.key_prefix + ("{" if servers.user is not None else ":")
    return f"{'' if key.startswith(prefix) else '{'}{prefix}*"


def _set_user(servers: Servers, *rules: str) -> str:
    name = servers.client.get_connection_kwargs().get("username") or "default"
    return f"ACL SETUSER {name} {' '.join(rules)}"


def _is_denied(reply: Any) -> bool:
    return isinstance(reply, NoPermissionError) and not is_hidden(reply)
