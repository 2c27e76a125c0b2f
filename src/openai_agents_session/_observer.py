"""Who hears of what happens here: nobody, until an observer is set, as `otel` does.

Public operations, and the one door to Redis, report to it. Nothing that is reported holds content.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from typing_extensions import Self


class Target(NamedTuple):
    """What an operation is about."""

    key_prefix: str
    session_id: str | None = None


class Operation(AbstractContextManager["Operation"], Protocol):
    """One operation, from when it is made until its block is left or `end` is called."""

    def __enter__(self) -> Self: ...

    def attach(self) -> None:
        """Make it the parent of what the running code does from now on."""

    def part(self, name: str) -> Operation:
        """Begin a part of it."""

    def counted(self, items: int | None) -> None:
        """Note how many items it is about, if that is known."""

    def repeated(self) -> None:
        """Note that it was done before, under the same key."""

    def failed(self, error: BaseException) -> None:
        """Note why it failed, if it does not raise that itself."""

    def end(self, error: BaseException | None = None) -> None:
        """End it, by what it raises if it fails."""


class Observer(Protocol):
    """What hears of everything."""

    def operation(self, name: str, target: Target) -> Operation:
        """Begin an operation."""

    def sending(self, attempt: int) -> None:
        """Note an attempt at a call: the first, or a later one if no reply came."""

    def failed(self, error: BaseException) -> None:
        """Note why the operation that is running will fail, although it raises nothing."""

    def count(self, event: str, number: int) -> None:
        """Note that something happened, so many times."""


current: Observer | None = None


class _Nothing:
    """An operation that nobody observes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None: ...
    def attach(self) -> None: ...
    def part(self, name: str) -> Operation:  # noqa: ARG002
        return self

    def counted(self, items: int | None) -> None: ...
    def repeated(self) -> None: ...
    def failed(self, error: BaseException) -> None: ...
    def end(self, error: BaseException | None = None) -> None: ...


NOTHING: Operation = _Nothing()


def operation(name: str, target: Target | None) -> Operation:
    """Begin an operation, for the observer if there is one."""
    observer = current
    return NOTHING if observer is None or target is None else observer.operation(name, target)


def failed(error: BaseException) -> None:
    """Report why the operation that is running fails, if it does not raise that."""
    observer = current
    if observer is not None:
        observer.failed(error)


def count(event: str, number: int = 1) -> None:
    """Report that something happened, so many times."""
    observer = current
    if observer is not None:
        observer.count(event, number)
