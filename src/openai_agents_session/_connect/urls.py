"""URLs of Redis: what each kind means, and the arguments of the client made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import SplitResult, unquote, urlsplit

from redis.connection import parse_url
from redis.credentials import UsernamePasswordCredentialProvider

from .url_checks import check_number, check_rest, check_socket, database_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = "memory://"

# redis-py sets timeouts by default only since 8.0; without one, the client waits forever for a
# silent server. It need not send anything again: sessions do that, with every version.
_DEFAULTS: Mapping[str, Any] = {"socket_timeout": 5.0, "health_check_interval": 30}
_TCP_DEFAULTS: Mapping[str, Any] = {
    **_DEFAULTS,
    "socket_connect_timeout": 5.0,
    "socket_keepalive": True,
}

# A dead sentinel is skipped for the next one, so its timeout is shorter.
_SENTINEL_DEFAULTS: Mapping[str, Any] = {
    "socket_timeout": 1.0,
    "socket_connect_timeout": 1.0,
    "socket_keepalive": True,
}

_NODE = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<name>[^\s:\[\]]+))(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True)
class Standalone:
    """One server, as redis-py's own URLs name it. What may hold a password is not in its repr."""

    url: str = field(repr=False)
    options: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Sentinels:
    """The sentinels that know where the primary of a service is."""

    nodes: list[tuple[str, int]]
    service: str
    options: dict[str, Any] = field(repr=False)
    sentinel_options: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ClusterNodes:
    """Some nodes of a cluster, which know the others."""

    nodes: list[tuple[str, int]]
    options: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Memory:
    """A server inside this process."""

    name: str


Address: TypeAlias = Standalone | Sentinels | ClusterNodes | Memory


def read_url(url: str, redis_kwargs: Mapping[str, Any] | None) -> Address:
    """Return what a URL names, and how to make a client of it.

    As in redis-py, the URL takes precedence over the arguments, and these over the defaults.

    Raises:
        TypeError: The URL is not a string.
        ValueError: The URL cannot be read, or lacks something. It is not shown: it may hold a
            password.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a string, not {type(url).__name__}")
    if url.startswith(MEMORY):
        return Memory(url.removeprefix(MEMORY))
    given = dict(redis_kwargs or {})
    match url.partition("://")[0]:
        case "unix":
            parts = _split(url)
            check_socket(parts)
            _options(parts, given)
            return Standalone(url, {**_DEFAULTS, **given})
        case "redis" | "rediss":
            parts = _check(url, one_host=True)
            database_of(parts.path)
            _options(parts, given)
            return Standalone(url, {**_TCP_DEFAULTS, **given})
        case "redis+sentinel" | "rediss+sentinel":
            return _sentinels(_check(url), given)
        case "redis+cluster" | "rediss+cluster":
            return _cluster(_check(url), given)
    raise ValueError(
        "the URL must begin with redis://, rediss://, unix://, redis+sentinel://, "
        "redis+cluster:// or memory://"
    )


def _sentinels(parts: SplitResult, given: dict[str, Any]) -> Sentinels:
    service, _, rest = parts.path.removeprefix("/").partition("/")
    if not service:
        raise ValueError(
            "the URL names no Sentinel service; write it after the hosts, as in "
            "redis+sentinel://host:26379,host:26379/mymaster"
        )
    db = database_of(rest)
    options = _options(parts, given)
    if db is not None:
        if _query(parts.query).get("db", db) != db:
            raise ValueError("the URL names two databases, in its path and in the option db")
        options["db"] = db
    own = {  # for the sentinels themselves
        "username": options.pop("sentinel_username", None),
        "password": options.pop("sentinel_password", None),
        **(options.pop("sentinel_kwargs", None) or {}),
    }
    shared = {k: v for k, v in options.items() if k.startswith(("socket_", "ssl"))}
    return Sentinels(
        _nodes(parts, 26379),
        unquote(service),
        {**_TCP_DEFAULTS, **_without_password(options)},
        {**_SENTINEL_DEFAULTS, **shared, **_without_password(_one_login(own))},
    )


def _cluster(parts: SplitResult, given: dict[str, Any]) -> ClusterNodes:
    options = _options(parts, given)
    db = options.pop("db", 0)
    if db or parts.path not in {"", "/", "/0"}:
        raise ValueError("the URL or its options name a database, but a cluster has only one, 0")
    return ClusterNodes(_nodes(parts, 6379), {**_TCP_DEFAULTS, **_without_password(options)})


def _options(parts: SplitResult, given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments for a client: those passed, overridden by the URL."""
    # A custom connection class may have its own options.
    check_rest(parts, any_option=given.get("connection_class") is not None)
    options = {**given, **_query(parts.query)}
    user, at, _ = parts.netloc.rpartition("@")
    if at:
        username, _, password = map(unquote, user.partition(":"))
        options |= {"username": username or None, "password": password or None}
    if parts.scheme.startswith("rediss"):
        options["ssl"] = True
    return _one_login(options)


def _one_login(options: dict[str, Any]) -> dict[str, Any]:
    """Return arguments that say once who logs in; redis-py may drop one of two silently."""
    by_name = options.get("username") or options.get("password")
    if by_name and options.get("credential_provider") is not None:
        raise ValueError(
            "pass either a credential_provider, or a user name and password (in the URL or in "
            "redis_kwargs), not both"
        )
    return options


def _query(query: str) -> dict[str, Any]:
    """Return the options after the question mark, typed as redis-py types them."""
    try:
        options: dict[str, Any] = cast("Any", parse_url)(f"redis://?{query}")
    except ValueError as error:
        problem = f"the URL cannot be read: {error}"  # it names the option, not the value
    else:
        check_number(options.get("db"))
        return options
    raise ValueError(problem)  # here, because the error above comes from one that does


def _without_password(options: dict[str, Any]) -> dict[str, Any]:
    """Pass the password in a provider: redis-py shows arguments in errors and reprs."""
    rest = {k: v for k, v in options.items() if k not in {"username", "password"}}
    username, password = options.get("username"), options.get("password")
    if username or password:
        rest["credential_provider"] = UsernamePasswordCredentialProvider(username, password)
    return rest


def _nodes(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    found = [_NODE.fullmatch(node) for node in parts.netloc.rpartition("@")[2].split(",")]
    nodes = [
        (unquote(node["v6"] or node["name"]), int(node["port"] or default_port))
        for node in found
        if node
    ]
    if len(nodes) < len(found) or not all(0 < port < 65536 for _, port in nodes):
        raise _unreadable()
    return nodes


def _check(url: str, one_host: bool = False) -> SplitResult:
    """Split a URL; refuse one that an unescaped character of a password cuts in the wrong place."""
    try:
        parts = urlsplit(url) if one_host else _split(url)
        readable = not one_host or parts.port is None or parts.port > 0
    except ValueError:
        readable = False
    if not readable or "@" in f"{parts.path}{parts.fragment}?{parts.query.partition('=')[0]}":
        raise _unreadable()
    return parts


def _split(url: str) -> SplitResult:
    """Split a URL with any hosts; newer Pythons refuse several of them if one is in brackets."""
    scheme, _, rest = url.partition("://")
    hosts = re.split("[/?#]", rest, maxsplit=1)[0]
    return urlsplit(f"{scheme}://hosts{rest[len(hosts) :]}")._replace(netloc=hosts)


def _unreadable() -> ValueError:
    return ValueError(
        "the URL cannot be read: it needs hosts as host:port, several of them separated by commas, "
        "and special characters in its password as %40, %2F and so on"
    )
