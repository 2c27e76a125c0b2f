"""The arguments of a turn, checked before anything is sent."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from ._turn_records import check_key

_MAX_SECONDS = 10**8


class TurnOptions(NamedTuple):
    """What a turn was asked for; times in seconds."""

    key: bytes
    timeout: float
    blocking_timeout: float | None
    lease: float


def turn_options(
    idempotency_key: str | None, timeout: float, blocking_timeout: float | None, lease: float
) -> TurnOptions:
    """Return the options of a turn.

    Raises:
        TypeError: The key is not a string, or a time is not a number.
        ValueError: The key is empty, or a time is out of range.
    """
    key = check_key(idempotency_key)
    if blocking_timeout is not None:
        _check_seconds("blocking_timeout", blocking_timeout, least=0)
    _check_seconds("timeout", timeout, least=0.001)
    _check_seconds("lease", lease, least=0.001)
    return TurnOptions(key, timeout, blocking_timeout, min(lease, timeout))


def _check_seconds(name: str, value: float, least: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not (isfinite(value) and least <= value <= _MAX_SECONDS):
        raise ValueError(f"{name} must be between {least} and {_MAX_SECONDS} seconds, not {value}")
