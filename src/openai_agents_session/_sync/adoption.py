# Generated from src/openai_agents_session/_async/adoption.py by tools/generate.py; edit that file instead.
"""Making a conversation one of a user's: in one step, or, on a cluster, by a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.exceptions import ConnectionError  # noqa: A004  redis-py's own

from .._compat import is_cluster
from .._errors import both_exist
from .._scripts.adopt import ADOPTED, COPY, MOVE, REMOVE
from .._turn_records import comparison

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .stored_list import SyncStoredList

_ATTEMPTS = 20
_GONE = -2  # what PTTL says of a key that is not there


def adopt(source: SyncStoredList, target: SyncStoredList) -> bool:
    """Give a conversation another key; return whether there is one under it now.

    Raises:
        ValueError: There is one under either key.
    """
    if is_cluster(source.delivery.client):
        return _copy_and_remove(source, target)
    old, new = source.keys, target.keys
    script, keys = target.indexed(
        MOVE,
        *(old.history, source.new_receipt(), old.pops, old.lock, old.adds, old.turns),
        *(new.adds, new.turns, new.pops, new.history),
    )
    state = source.delivery.run(script, *keys)
    if state == b"both":
        raise both_exist(source.subject, target.subject)
    return bool(state == b"adopted")


def _copy_and_remove(source: SyncStoredList, target: SyncStoredList) -> bool:
    """Copy the conversation, and remove it if nobody has changed it since; else copy again."""
    for _ in range(_ATTEMPTS):
        elements, milliseconds, *records = _read(source)
        elements = elements if milliseconds != _GONE else []
        if elements:
            _copy(elements, milliseconds, records, source, target)
        if not elements or _remove(source, elements):
            script, keys = target.indexed(ADOPTED, target.keys.history)
            target.delivery.run(script, *keys)
            return bool(elements) or target.length() > 0
    raise ConnectionError(
        f"{source.subject} was changed each time it had been copied; adopt it again to finish"
    )


def _read(source: SyncStoredList) -> list[Any]:
    """Return the elements, the milliseconds to live, and the records of adds and of turns."""
    names = source.keys
    replies = source.delivery.call_together(
        ("LRANGE", names.history, 0, -1),
        ("PTTL", names.history),
        ("HGETALL", names.adds),
        ("HGETALL", names.turns),
    )
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


def _copy(
    elements: Sequence[bytes],
    milliseconds: int,
    records: Sequence[Mapping[bytes, bytes]],
    source: SyncStoredList,
    target: SyncStoredList,
) -> None:
    """Copy what is not there yet."""
    adds, turns = ([part for pair in record.items() for part in pair] for record in records)
    mark = b"%d %b" % (len(elements), comparison(elements))
    counts = (milliseconds, len(adds), len(turns))
    copied = target.mutate(
        COPY, target.new_receipt(), mark, *counts, *adds, *turns, *elements
    )
    if not copied:
        raise both_exist(source.subject, target.subject)


def _remove(source: SyncStoredList, elements: Sequence[bytes]) -> bool:
    names = source.keys
    keys = (names.history, source.new_receipt(), names.pops, names.lock, names.adds, names.turns)
    return bool(source.delivery.run(REMOVE, *keys, b"", comparison(elements)))
