"""Arguments of sessions and managers, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DEFAULT_URL = "redis://localhost:6379"

# Redis stores the time of expiry as milliseconds in 64 bits; the margin lasts until 2286.
_MAX_TTL = (2**63 - 1) // 1000 - 10**10

# Longer than any list can be, and far from the 64 bits that Redis reads.
_EVERYTHING = 2**48


def check_ttl(ttl: int | None) -> int | None:
    """Return a lifetime in seconds, or None for no expiry.

    Raises:
        TypeError: The lifetime is not a whole number.
        ValueError: The lifetime is not positive, or longer than Redis can hold.
    """
    if ttl is None:
        return None
    if isinstance(ttl, bool) or not isinstance(ttl, int):
        raise TypeError(f"ttl must be whole seconds or None, not {type(ttl).__name__}")
    if not 0 < ttl <= _MAX_TTL:
        raise ValueError(f"ttl must be between 1 and {_MAX_TTL} seconds, not {ttl}")
    return int(ttl)  # redis-py does not send what is derived from int, an IntEnum for instance


def check_max_items(max_items: int | None) -> int | None:
    """Return the maximum number of items in a conversation, or None for no maximum.

    Raises:
        TypeError: It is not a whole number.
        ValueError: It is not positive.
    """
    if max_items is None:
        return None
    if isinstance(max_items, bool) or not isinstance(max_items, int):
        raise TypeError(f"max_items must be a whole number or None, not {type(max_items).__name__}")
    if max_items <= 0:
        raise ValueError(f"max_items must be 1 or more, not {max_items}; None keeps everything")
    return min(max_items, _EVERYTHING)


def resolve_limit(limit: int | None, settings: object) -> int | None:
    """Return how many items to read: the given limit, else that of the settings, else None for all.

    Raises:
        TypeError: The limit is not a whole number.
    """
    if limit is None:
        limit = _limit_of(settings)
    if limit is None:
        return None
    if not isinstance(limit, int):
        raise TypeError(f"limit must be a whole number or None, not {type(limit).__name__}")
    return min(max(limit, 0), _EVERYTHING)


def check_number(name: str, number: int) -> int:
    """Return a number of items or turns, or a position.

    Raises:
        TypeError: It is not a whole number.
        ValueError: It is negative.
    """
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name} must be a whole number, not {type(number).__name__}")
    if number < 0:
        raise ValueError(f"{name} must be 0 or more, not {number}")
    return min(number, _EVERYTHING)


def check_elements(elements: object) -> None:
    """Check that these are elements of a list as Redis returns them.

    Raises:
        TypeError: They are not a sequence of bytes.
    """
    if not isinstance(elements, Sequence) or not all(isinstance(one, bytes) for one in elements):
        raise TypeError("elements must be a list of bytes, as raw_elements() returns them")


def _limit_of(settings: object) -> Any:
    if isinstance(settings, Mapping):
        return settings.get("limit")
    return getattr(settings, "limit", None)
