"""A sample of what is stored: at most a few thousand keys, and a part of each conversation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoPermissionError

from ..wording import counted
from . import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .names import Name
    from .node import Node
    from .servers import Servers

_COUNT = 1000
_MOST_SCANS = 100
_MOST_KEYS = 3000
_BATCH = 20
_ENDS = 50
_MOST_BYTES = 32_000_000

_NO_KEY = -2


@dataclass(frozen=True)
class Conversation:
    """A conversation that was looked at.

    Attributes:
        session_id: Its id.
        expires: Whether it has a lifetime.
        elements: Some of its elements: the oldest and the newest.
    """

    session_id: str
    expires: bool
    elements: list[bytes]


@dataclass
class Sample:
    """What was found.

    Attributes:
        conversations: Those that were looked at.
        wrong_types: Keys of conversations that are not lists.
        refused: Names of keys that the library does not open.
        endless_locks: Ids of conversations with a lock that never expires.
        is_complete: Whether this is everything.
    """

    conversations: list[Conversation] = field(default_factory=list)
    wrong_types: list[bytes] = field(default_factory=list)
    refused: list[Name] = field(default_factory=list)
    endless_locks: list[str] = field(default_factory=list)
    is_complete: bool = True

    def counted(self) -> str:
        """Return how many conversations there are, in words."""
        number = counted(len(self.conversations), "conversation")
        return number if self.is_complete else f"a sample of {number}"


def take(servers: Servers) -> Sample:
    """Look at what is stored.

    Raises:
        NoPermissionError: The user may not run SCAN, or may not read what it finds.
    """
    sample = Sample()
    for node in servers.nodes:
        found = [names.read(servers, key) for key in _keys(servers, node, sample)]
        sample.refused += (name for name in found if name.kind == "refused")
        for batch in _batches([name for name in found if name.kind == "conversation"]):
            look_at(node, batch, sample)
        for batch in _batches([name for name in found if name.kind == "lock"]):
            lives = _replies(node, [("PTTL", lock.key) for lock in batch])
            sample.endless_locks += (
                lock.session_id for lock, left in zip(batch, lives, strict=True) if left == -1
            )
    sample.conversations.sort(key=lambda conversation: conversation.session_id)
    for found_names in (sample.wrong_types, sample.refused, sample.endless_locks):
        found_names.sort()
    return sample


def _keys(servers: Servers, node: Node, sample: Sample) -> list[bytes]:
    keys: dict[bytes, None] = {}  # SCAN may return a key twice
    most = max(_MOST_KEYS // len(servers.nodes), 1)
    cursor = 0
    for _ in range(_MOST_SCANS):
        cursor, page = node.ask("SCAN", cursor, "MATCH", names.pattern(servers), "COUNT", _COUNT)
        keys |= dict.fromkeys(page)
        if not cursor:
            return list(keys)
        if len(keys) >= most:
            break
    sample.is_complete = False
    return list(keys)[:most]


def look_at(node: Node, batch: list[Name], sample: Sample) -> None:
    """Add some conversations to a sample; those that are gone in the meantime are left out."""
    is_enough = sum(map(_size, sample.conversations)) > _MOST_BYTES
    ends = [] if is_enough else [(0, _ENDS - 1), (-_ENDS, -1)]
    commands: list[tuple[Any, ...]] = []
    for name in batch:
        commands += [("LLEN", name.key), ("PTTL", name.key)]
        commands += [("LRANGE", name.key, *end) for end in ends]
    replies = iter(_replies(node, commands))
    for name in batch:
        length, left = next(replies), next(replies)
        elements = [next(replies) for _ in ends]
        if isinstance(length, Exception):
            sample.wrong_types.append(name.key)
        elif left != _NO_KEY:
            read = [x for part in elements if isinstance(part, list) for x in part]
            sample.conversations.append(Conversation(name.session_id, left >= 0, read))


def _replies(node: Node, commands: list[tuple[Any, ...]]) -> list[Any]:
    replies = node.ask_together(commands)
    for reply in replies:
        if isinstance(reply, NoPermissionError):
            raise reply
    return replies


def _size(conversation: Conversation) -> int:
    return sum(map(len, conversation.elements))


def _batches(found: list[Name]) -> Iterator[list[Name]]:
    return (found[start : start + _BATCH] for start in range(0, len(found), _BATCH))
