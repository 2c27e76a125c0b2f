"""The commands that the library sends, each in a form that changes nothing if there is no key."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

KEY: Any = object()
"""The place of the key in a command."""

_NO_SCRIPT = "0" * 40


class Need(NamedTuple):
    """Commands that belong together.

    Attributes:
        status: What it means if one of them is denied.
        what: What then fails.
        commands: The arguments of each, by its name.
    """

    status: Literal["problem", "warning"]
    what: str
    commands: dict[str, tuple[Any, ...]]


SESSIONS = Need(
    "problem",
    "conversations cannot be read, stored or cleared",
    {
        "ping": (),
        "evalsha": (_NO_SCRIPT, 1, KEY),
        "eval": ("return 1", 1, KEY),
        "lrange": (KEY, 0, 0),
        "llen": (KEY,),
        "lindex": (KEY, 0),
        "rpushx": (KEY, ""),
        "ltrim": (KEY, 0, 0),
        "lset": (KEY, 0, ""),
        "lpop": (KEY,),
        "rpop": (KEY,),
        "unlink": (KEY,),
        "expire": (KEY, 1),
        "pexpire": (KEY, 1),
        "ttl": (KEY,),
        "pttl": (KEY,),
        "set": (KEY, "", "XX"),
        "get": (KEY,),
        "exists": (KEY,),
    },
)

TURNS = Need(
    "warning",
    "turns, locks and idempotency keys fail",
    {
        "del": (KEY,),
        "hget": (KEY, "f"),
        "hset": (KEY, "f", "v", "a field without a value"),
        "hdel": (KEY, "f"),
        "hrandfield": (KEY,),
        "time": (),
    },
)

LISTING = Need("warning", "sessions cannot be listed", {"scan": (0, "COUNT", 1)})

USERS = Need(
    "problem",
    "the conversations of a user cannot be stored or listed",
    {
        "hset": TURNS.commands["hset"],
        "hmget": (KEY, "f"),
        "persist": (KEY,),
        "time": (),
        "zadd": (KEY, "XX", 0, "m"),
        "zcard": (KEY,),
        "zcount": (KEY, 0, 0),
        "zrange": (KEY, 0, 0),
        "zrem": (KEY, "m"),
        "zrevrange": (KEY, 0, 0),
    },
)

SWEEPING = Need(
    "warning",
    "only pages remove conversations that have expired from the index",
    {"zrandmember": (KEY, 1)},
)

MOVES = Need(
    "warning",
    "conversations cannot be adopted, or a user erased",
    {
        "hgetall": (KEY,),
        "rename": (KEY, KEY),
        "type": (KEY,),
    },
)

ON_A_STRING: dict[str, Need] = {"rpush": SESSIONS, "hsetnx": MOVES}
"""Commands that would create a key: they are sent for a key of another type, and so refused."""
