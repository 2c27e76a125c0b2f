# Generated from src/openai_agents_session/_async/listing.py by tools/generate.py; edit that file instead.
"""Listing the stored sessions: SCAN, page by page, on one server or on every node of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.exceptions import ConnectionError  # noqa: A004  redis-py's own

from .._compat import is_cluster
from .._keys import session_id_of
from .._observer import Target, operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .delivery import SyncDelivery

# Keys that one SCAN looks at: few round trips, each of which takes the server well under 1 ms.
_COUNT = 1000

_MOVES = 5


def session_ids(
    delivery: SyncDelivery, key_prefix: str, pattern: bytes
) -> Iterator[str]:
    """Yield the id of every session with this prefix, once."""
    given: set[str] = set()
    for keys in _scan(delivery, key_prefix, pattern):
        for key in keys:
            session_id = session_id_of(key, key_prefix)
            if session_id is not None and session_id not in given:
                given.add(session_id)
                yield session_id


def scan_slot(
    delivery: SyncDelivery, key: bytes, pattern: bytes
) -> Iterator[list[bytes | str]]:
    """Yield pages of all keys on the node of a key."""
    options = ("MATCH", pattern, "COUNT", _COUNT)
    if not is_cluster(delivery.client):
        cursor, keys = delivery.call("SCAN", 0, *options)
        yield keys
        while cursor:
            cursor, keys = delivery.call("SCAN", cursor, *options)
            yield keys
        return
    for _ in range(_MOVES):
        node_name, cursor = _node_of(delivery, key), 0
        while True:
            send = ("SCAN", cursor, *options)
            reply = delivery.deliver(_send_to_node, delivery, node_name, send)
            [cursor], keys = reply[0].values(), reply[1]
            yield keys
            if not cursor:
                break
        delivery.call("EXISTS", key)  # the client learns where the slot is now
        if _node_of(delivery, key) == node_name:
            return
    raise ConnectionError(f"{delivery.subject}: the slot was moved again and again; try again")


def _node_of(delivery: SyncDelivery, key: bytes) -> str:
    return str(delivery.client.get_node_from_key(str(key, "utf-8")).name)


def _scan(
    delivery: SyncDelivery, key_prefix: str, pattern: bytes
) -> Iterator[list[bytes | str]]:
    """Yield pages of the keys of lists; each is an operation: what is done between is not ours."""
    options = ("MATCH", pattern, "COUNT", _COUNT, "TYPE", "list")
    name, target = "manager.session_ids", Target(key_prefix)
    with operation(name, target):
        cursors, keys = delivery.call("SCAN", 0, *options)
    yield keys
    if isinstance(cursors, dict):  # a cluster's: one cursor for each primary
        for node_name, cursor in cursors.items():
            while cursor:
                send = ("SCAN", cursor, *options)
                with operation(name, target):
                    reply = delivery.deliver(_send_to_node, delivery, node_name, send)
                [cursor], keys = reply[0].values(), reply[1]
                yield keys
        return
    while cursors:
        with operation(name, target):
            cursors, keys = delivery.call("SCAN", cursors, *options)
        yield keys


def _send_to_node(delivery: SyncDelivery, node_name: str, command: tuple[Any, ...]) -> Any:
    node = delivery.client.get_node(node_name=node_name)
    if node is None:
        raise ConnectionError(f"node {node_name} has left the cluster")
    return delivery.send(*command, target_nodes=node)
