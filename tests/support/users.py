"""What tests of users' conversations share: the names of keys, and what the server holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .resp import rows

if TYPE_CHECKING:
    from .server import Server

INDEX = "session{alice}~index"

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "assistant", "content": "b"}

_SIDE = re.compile(rb"(?s)(.*):~:(lock|pops|t|k|info|r:[0-9a-f]{32})")


def key(session_id: str, user: str = "alice") -> str:
    return f"session{{{user}}}:{session_id}"


def info(session_id: str, user: str = "alice") -> str:
    return f"{key(session_id, user)}:~:info"


def keys(server: Server, pattern: str = "*") -> list[bytes]:
    """All keys, in order."""
    return sorted(name for name in rows(server.command("KEYS", pattern)) if isinstance(name, bytes))


def lists(server: Server, user: str = "alice") -> dict[str, int]:
    """The conversations that the keyspace holds of a user, with their lengths."""
    prefix = f"session{{{user}}}:".encode()
    found = {}
    for name in keys(server):
        if name.startswith(prefix) and server.command("TYPE", name) == b"list":
            if _SIDE.fullmatch(name):
                continue
            length = server.command("LLEN", name)
            assert isinstance(length, int)
            found[name[len(prefix) :].decode()] = length
    return found


def receipts(names: list[bytes]) -> list[bytes]:
    """The keys that are receipts, among others."""
    return [name for name in names if re.search(rb"~:?r:[0-9a-f]{32}$", name)]


def texts(server: Server) -> str:
    """All that the server holds, as one text."""
    parts = []
    for name in keys(server):
        kind = server.command("TYPE", name)
        read = {
            b"string": ("GET", name),
            b"list": ("LRANGE", name, 0, -1),
            b"hash": ("HGETALL", name),
            b"zset": ("ZRANGE", name, 0, -1),
        }[kind if isinstance(kind, bytes) else b""]
        parts.append(repr((name, server.command(*read))))
    return "\n".join(parts)
