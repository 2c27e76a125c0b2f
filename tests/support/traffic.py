"""Writes that go on while something breaks, and the audit of what became of each."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from .polling import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server import Server

_SECONDS = 60.0
_ENOUGH = 40


class Traffic:
    """Numbered items, and for each number whether its write was acknowledged or failed."""

    def __init__(self) -> None:
        self._numbers = 0
        self._acknowledged: list[int] = []
        self._failed: list[int] = []
        self._must_exist: set[int] = set()
        self._stopped = False
        self._changed = threading.Condition()

    # For the writers

    def goes_on(self) -> bool:
        with self._changed:
            return not self._stopped

    def next(self) -> int:
        with self._changed:
            self._numbers += 1
            return self._numbers

    @staticmethod
    def items(number: int) -> list[Any]:
        return [{"role": "user", "number": number}, {"role": "assistant", "number": number}]

    def succeeded(self, number: int) -> None:
        with self._changed:
            self._acknowledged.append(number)
            self._changed.notify_all()

    def failed(self, number: int) -> None:
        """Note a write that raised: whether it was carried out is unknown."""
        with self._changed:
            self._failed.append(number)

    # For the test that breaks things

    def through(
        self, replica: Server, key: str, fail: Callable[[], object], *, readonly: bool = False
    ) -> None:
        """Let writes flow, have them replicated, break things, and let writes flow again."""
        try:
            before = self._wait_for_more()
            until(
                lambda: _length(replica, key, readonly=readonly) >= 2 * len(before),
                _SECONDS,
                "the replica to have what was acknowledged",
            )
            fail()
            with self._changed:
                known = set(self._acknowledged)
            after = self._wait_for_more() - known
            with self._changed:
                self._must_exist = before | after
        finally:
            self.stop()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True

    def audit(self, stored: list[Any]) -> None:
        """Check that nothing is there twice or in part, and nothing is lost that was replicated."""
        assert stored[::2] == [item for item in stored if item["role"] == "user"]
        assert [n["number"] for n in stored[::2]] == [n["number"] for n in stored[1::2]]
        counts = Counter(item["number"] for item in stored[::2])
        assert [number for number, count in counts.items() if count > 1] == []
        assert self._must_exist - set(counts) == set()
        assert len(self._must_exist) >= 2 * _ENOUGH
        in_order = [n for n in counts if n not in self._failed]
        assert in_order == sorted(in_order)

    def _wait_for_more(self) -> set[int]:
        with self._changed:
            goal = len(self._acknowledged) + _ENOUGH
            if not self._changed.wait_for(lambda: len(self._acknowledged) >= goal, _SECONDS):
                raise TimeoutError(f"{len(self._acknowledged)} of {goal} writes in {_SECONDS:g} s")
            return set(self._acknowledged)


def _length(server: Server, key: str, *, readonly: bool) -> int:
    with server.connect() as connection:
        if readonly:
            connection.call("READONLY")
        length = connection.call("LLEN", key)
    assert isinstance(length, int)
    return length
