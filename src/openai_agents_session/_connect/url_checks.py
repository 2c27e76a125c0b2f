"""Parts of a URL that redis-py would pass over in silence, or read as something else."""

from __future__ import annotations

import re
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from redis import Redis, RedisCluster, connection, sentinel
from redis.asyncio import RedisCluster as AsyncRedisCluster

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_NO_DATABASE = "the URL's database must be one number, 0 or more"
_UNNAMED = frozenset({"sentinel_username", "sentinel_password", "check_connection"})
_TAKING_OPTIONS: tuple[type, ...] = (
    connection.SSLConnection,
    connection.UnixDomainSocketConnection,
    connection.BlockingConnectionPool,
    sentinel.Sentinel,
    sentinel.SentinelConnectionPool,
    Redis,
    RedisCluster,
    AsyncRedisCluster,
)


def check_rest(parts: SplitResult, *, any_option: bool) -> None:
    """Check what follows the path: the options, and nothing after them.

    Args:
        parts: The URL.
        any_option: Whether options that redis-py does not know may have a meaning.

    Raises:
        ValueError: Some of it would be ignored.
    """
    if parts.fragment:
        raise ValueError(
            "the URL has a #, and what follows it would be ignored; write a # that belongs to a "
            "password or a path as %23"
        )
    _check_options(parts.query, any_option)


def _check_options(query: str, any_option: bool) -> None:
    options = set(parse_qsl(query, keep_blank_values=True))
    names = [name for name, _ in options]
    if not any_option and (unknown := sorted(set(names) - _known_options())):
        which = "" if "@" in query else f" '{unknown[0]}'"  # it may be a part of a password
        raise ValueError(
            f"the URL has an unknown option{which}; check what follows its question mark"
        )
    given = [name for name, value in options if value]  # redis-py passes over the others
    if twice := sorted(name for name in given if given.count(name) > 1):
        raise ValueError(f"the URL has two values for the option '{twice[0]}'")


def check_socket(parts: SplitResult) -> None:
    """Check what names a Unix socket.

    Raises:
        ValueError: A part of the path would be ignored, as that of unix://run/redis.sock.
    """
    if parts.netloc.rpartition("@")[2] not in {"", "localhost"} or not parts.path:
        raise ValueError(
            "the URL of a Unix socket needs three slashes and a path, as in unix:///run/redis.sock"
        )


def database_of(path: str) -> int | None:
    """Return the database that a path names, or None. Slashes before and after it do no harm.

    Raises:
        ValueError: It names something else, for which redis-py would take database 0, or another.
    """
    name = unquote(path).strip().strip("/")
    if name and not re.fullmatch("[0-9]{1,10}", name):
        raise ValueError(_NO_DATABASE)
    return int(name) if name else None


def check_number(database: Any) -> None:
    """Check the database of the option `db`.

    Raises:
        ValueError: It is negative.
    """
    if database is not None and database < 0:
        raise ValueError(_NO_DATABASE)


@cache
def _known_options() -> frozenset[str]:
    """Return the names of all arguments that this redis-py takes for any kind of server."""
    makers = {maker for client in _TAKING_OPTIONS for maker in client.__mro__}
    made = [vars(maker)["__init__"] for maker in makers if "__init__" in vars(maker)]
    return _UNNAMED.union(*(signature(function).parameters for function in made))
