"""Waiting for other processes, which can only be asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_POLL_SECONDS = 0.02


def until(
    ask: Callable[[], T | None],
    timeout: float,
    what: str,
    *,
    not_yet: tuple[type[Exception], ...] = (),
) -> T:
    """Ask until the answer is true, and return it. An error in `not_yet` is an answer too: no."""
    deadline = time.monotonic() + timeout
    while True:
        error: Exception | None = None
        try:
            if answer := ask():
                return answer
        except not_yet as e:
            error = e
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}") from error
        time.sleep(_POLL_SECONDS)
