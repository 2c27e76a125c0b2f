"""What a process makes once, when it is first used: a forked child makes its own."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Makes and keeps something that has threads: a child inherits the object, but not the threads.

    For module level only, because what runs after a fork is never removed.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._lock = threading.Lock()
        with suppress(AttributeError):  # not every system forks
            os.register_at_fork(after_in_child=self._forget)

    def get(self) -> T:
        """Return it, and make it if this process has none yet."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _forget(self) -> None:
        self._made = None
        self._lock = threading.Lock()  # another thread of the parent may have held the old one
