"""Sizes and lifetimes of many conversations, in few round trips."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from redis.exceptions import RedisClusterException, RedisError

from openai_agents_session import SessionStats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .store import Store

_PAGE = 100
_COMMANDS = ("LLEN", "TTL", "MEMORY USAGE")

T = TypeVar("T")


def in_pages(found: Iterable[T]) -> Iterator[list[T]]:
    """Yield what was found, as many at a time as `stats_of` asks for in one round trip."""
    rest = iter(found)
    while page := list(islice(rest, _PAGE)):
        yield page


def stats_of(store: Store, session_ids: Sequence[str]) -> list[SessionStats]:
    """Return what `store.stats` returns for each of these conversations.

    That is asked for those of which nothing came back: it tries again, and explains errors.
    """
    keys = [store.session(session_id).key for session_id in session_ids]
    replies = iter(_replies(store, keys))
    found = zip(session_ids, replies, replies, replies, strict=True)
    return [_stats(*numbers) or store.stats(session_id) for session_id, *numbers in found]


def _replies(store: Store, keys: Sequence[str]) -> list[Any]:
    client: Any = store.manager.client
    try:
        with client.pipeline(transaction=False) as pipeline:
            for key in keys:
                for command in _COMMANDS:
                    pipeline.execute_command(command, key)
            return cast("list[Any]", pipeline.execute(raise_on_error=False))
    except (RedisError, RedisClusterException) as error:  # the second is not a kind of the first
        return [error] * len(keys) * len(_COMMANDS)


def _stats(count: Any, seconds: Any, size: Any) -> SessionStats | None:
    if any(isinstance(reply, Exception) for reply in (count, seconds, size)):
        return None  # MEMORY USAGE, for instance, is not allowed to every user
    return SessionStats(count, size or 0, seconds if seconds >= 0 else None)
