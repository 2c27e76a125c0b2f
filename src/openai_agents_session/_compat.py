"""Workarounds for versions of redis-py: what differs, and from which version on."""

from __future__ import annotations

import inspect
import re
from typing import Any

from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError  # noqa: A004  redis-py's own

# Before 8.0 redis-py has no types for how these are made.
_ExponentialBackoff: Any = ExponentialBackoff
_NoBackoff: Any = NoBackoff

_CLIENT_REPR = r"(?s)<redis\..*?> - |Redis<.*?> - "


def cluster_retries(retry: Any) -> dict[str, Any]:
    """Return how often a cluster client looks for the new primary of a slot: a few times.

    Since 8.1 it continues for a minute. Before 6.0 it took other arguments, and three times.
    """
    if not hasattr(retry, "get_retries"):
        return {}
    return {"retry": retry(_ExponentialBackoff(cap=0.5, base=0.05), 3)}


def no_retries(retry: Any) -> Any:
    """Return a policy that tries once: by default 8.1 tries a dead sentinel for seconds."""
    return retry(_NoBackoff(), 0)


def is_cluster(client: Any) -> bool:
    """Return whether a client is one of a cluster; a blocking one may not be connected yet."""
    return hasattr(client, "get_nodes")


def sends_again(client: Any) -> bool:
    """Return whether a client itself sends a command again when its reply is lost.

    Before 6.0 a retry policy alone covers connecting, not commands; it cannot be asked.
    """
    if is_cluster(client):
        return True
    settings = client.get_connection_kwargs()
    if settings.get("retry_on_timeout") or settings.get("retry_on_error"):
        return True
    retry = settings.get("retry")
    return hasattr(retry, "get_retries") and bool(retry.get_retries())


def connection_pools(client: Any) -> list[Any]:
    """Return the pools of a client; the nodes of an asyncio cluster client have none."""
    if is_cluster(client):
        nodes = [getattr(node, "redis_connection", None) for node in client.get_nodes()]
        return [node.connection_pool for node in nodes if node is not None]
    return [client.connection_pool]


def idle_only(pool: Any) -> dict[str, bool]:
    """Return how to close only the idle connections of a pool.

    Before 7.0 the blocking pool can only close all of them; what they carry is sent again.
    """
    can = "inuse_connections" in inspect.signature(pool.disconnect).parameters
    return {"inuse_connections": False} if can else {}


def refused_by_cache(error: ValueError) -> bool:
    """Return whether a client that caches replies (since 5.1) asks for the keys of a command."""
    return "Cannot create cache key" in str(error)


def undecoded(reply: Any) -> Any:
    """Return a reply as bytes; the asyncio client of 5.0 may decode despite NEVER_DECODE."""
    if isinstance(reply, str):
        return reply.encode("utf-8")
    if isinstance(reply, list) and any(isinstance(part, (str, list)) for part in _ends(reply)):
        return list(map(undecoded, reply))
    return reply


def _ends(reply: list[Any]) -> list[Any]:
    """Return the first and the last part: to look at all would take long, and these tell."""
    return reply[:1] + reply[-1:]


def closed_under_call(error: AttributeError | TypeError) -> ConnectionError | None:
    """Return the error that a client means that lost its socket, or None if it is another one.

    In all versions a client may close a connection that another call has just taken: as a cluster
    client learns of a moved slot, or as idle connections are closed. What is then None depends on
    the version of Python, too.
    """
    frame, trace = None, error.__traceback__
    while trace is not None:
        frame, trace = trace.tb_frame, trace.tb_next
    module = str(frame.f_globals.get("__name__", "")) if frame is not None else ""
    if str(error).startswith("'NoneType' object") and module.startswith(("asyncio.", "redis.")):
        return ConnectionError("the connection was closed in the middle of a call")
    return None


def without_clients(text: str) -> str:
    """Return the text of an error without the clients that Sentinel's errors show.

    Before 7.0 it shows them with their passwords.
    """
    return re.sub(_CLIENT_REPR, "", text)


def close_cluster(cluster: Any) -> None:
    """Close a blocking cluster client; `close()` alone leaves a connection open in 8.1."""
    cluster.disconnect_connection_pools()
    cluster.close()


def is_unlocked(client: Any) -> bool:
    """Return whether two threads of a single-connection client would read each other's replies.

    Since 6.0 such a client has a lock; an asyncio client always had one.
    """
    locks = ("single_connection_lock", "_single_conn_lock")
    return vars(client).get("connection") is not None and not any(
        hasattr(client, lock) for lock in locks
    )
