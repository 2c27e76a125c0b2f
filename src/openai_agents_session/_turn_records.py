"""Records of turns: how a turn is known by its key, and how its items are found again.

A record is `POSITION DIGEST,DIGEST,...`: where the turn began in the list, and a digest of each
element. It holds no text.
"""

from __future__ import annotations

from hashlib import blake2b, sha1
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RECORD_SECONDS = 24 * 3600
"""How long a turn is known by its key."""

COMPARED = 8
"""How many of the newest elements must still be there when a turn is committed."""


def check_key(key: str | None) -> bytes:
    """Return the digest of an idempotency key, or nothing without one.

    Raises:
        TypeError: The key is not a string.
        ValueError: The key is empty.
    """
    if key is None:
        return b""
    if not isinstance(key, str):
        raise TypeError(f"idempotency_key must be a string or None, not {type(key).__name__}")
    if not key:
        raise ValueError("idempotency_key must not be empty")
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest().encode()


def digests(elements: Sequence[bytes]) -> bytes:
    """Return what a record says of the elements of a turn."""
    return b",".join(map(_digest, elements))


def comparison(elements: Sequence[bytes]) -> bytes:
    """Return what the script that commits a turn makes of unchanged elements."""
    joined = b"".join(b"%d:%b" % (len(element), element) for element in elements)
    return sha1(joined, usedforsecurity=False).hexdigest().encode()


def batch_digest(elements: Sequence[bytes]) -> bytes:
    """Return what is remembered of a batch that was added under a key."""
    return blake2b(comparison(elements), digest_size=16).hexdigest().encode()


def find(record: bytes, elements: Sequence[bytes], first: int) -> list[bytes] | None:
    """Return the elements of a recorded turn, among those from position `first` on.

    Later turns and trims may have moved them. None if they are not there as a whole.
    """
    position, listed = [*record.split(b" "), b""][:2]
    wanted = listed.split(b",") if listed else []
    found = [_digest(element) for element in elements]
    count = len(wanted)
    starts = [int(position) - first, *range(len(found) - count, -1, -1)]
    for start in starts:
        if start >= 0 and found[start : start + count] == wanted:
            return list(elements[start : start + count])
    return None


def _digest(element: bytes) -> bytes:
    return blake2b(element, digest_size=8).hexdigest().encode()
