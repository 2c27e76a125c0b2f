# Generated from src/openai_agents_session/_async/clients.py by tools/generate.py; edit that file instead.
"""Clients of redis-py, of every kind: open, accept, tidy and close them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from .._blocking import (
    CLIENTS,
    OTHER_CLIENTS,
    WANTED_CLIENTS,
    Client,
    Redis,
    RedisPipeline,
    Retry,
    Sentinel,
    make_cluster,
    make_fake,
    why_not,
)
from .._compat import cluster_retries, connection_pools, idle_only, no_retries
from .._connect.urls import ClusterNodes, Memory, Sentinels, read_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self


class Pipeline(Protocol):
    """What is used of a redis-py pipeline."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc_info: object) -> None: ...
    def execute_command(self, *args: object, **options: object) -> object: ...
    def execute(self, raise_on_error: bool = True) -> list[Any]: ...


class Transport(Protocol):
    """What is used of a redis-py client. Its own types differ by version; these hold for all."""

    def get_connection_kwargs(self) -> dict[str, Any]: ...
    def get_node(self, *, node_name: str) -> object: ...
    def get_node_from_key(self, key: str) -> Any: ...
    def pipeline(self, transaction: bool) -> Pipeline: ...
    def execute_command(self, *args: object, **options: object) -> Any: ...
    def close(self) -> None: ...


def accept_client(client: object, user: type) -> Transport:
    """Return the client of a session or manager, typed by what is used of it.

    Raises:
        TypeError: It is not a client of redis-py, or one for the other API.
    """
    found = f"{type(client).__module__}.{type(client).__qualname__}"
    if isinstance(client, OTHER_CLIENTS):
        other = user.__name__.removeprefix("Sync")
        other = other if other != user.__name__ else f"Sync{other}"
        raise TypeError(f"{why_not(user.__name__, found)}: pass a {WANTED_CLIENTS}, or use {other}")
    if not isinstance(client, CLIENTS) or isinstance(client, RedisPipeline):
        raise TypeError(f"{user.__name__} needs a {WANTED_CLIENTS}, not {found}")
    return cast("Transport", client)


def open_client(url: str, redis_kwargs: Mapping[str, Any] | None) -> Client:
    """Make a client for `close_client` to close; it connects when it is first used.

    Raises:
        TypeError: The URL is not a string.
        ValueError: The URL cannot be read, or lacks what it needs.
        ImportError: The URL asks for a server in memory, and its engine is not installed.
    """
    match read_url(url, redis_kwargs):
        case Memory(name):
            from .._connect.memory import memory_server

            return make_fake(memory_server(name))
        case Sentinels(nodes, service, options, sentinel_options):
            asked = {"retry": no_retries(Retry), **sentinel_options}
            sentinel = cast("Any", Sentinel)(nodes, sentinel_kwargs=asked, **options)
            return cast("Redis", sentinel.master_for(service))
        case ClusterNodes(nodes, options):
            return make_cluster(nodes, {**cluster_retries(Retry), **options})
        case standalone:
            return cast("Redis", cast("Any", Redis).from_url(standalone.url, **standalone.options))


def close_client(client: Transport) -> None:
    """Close a client that `open_client` made, and the connections that found its primary."""
    client.close()
    pool = vars(client).get("connection_pool")
    for sentinel in getattr(getattr(pool, "sentinel_manager", None), "sentinels", ()):
        sentinel.close()


def close_idle_connections(client: Transport) -> None:
    """Close the connections that no call uses."""
    for pool in connection_pools(client):
        pool.disconnect(**idle_only(pool))
    connection = vars(client).get("connection")  # that of a single_connection_client
    if connection is not None:
        connection.disconnect()
