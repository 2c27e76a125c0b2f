"""What concurrent clients did, when, and what they were told."""

from __future__ import annotations

import itertools
import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from .conversation_model import Conversation, Items

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Call: TypeAlias = Literal[
    "add_items", "replace_items", "clear_session", "pop_item", "get_items", "count"
]
Outcome: TypeAlias = Literal["returned", "failed", "cancelled", "unfinished"]
Argument: TypeAlias = Items | int | None
Result: TypeAlias = Items | str | int | None

READS = ("get_items", "count")

_EMPTY = (Conversation(),)


@dataclass
class Operation:
    """One call of one client, from its begin to its end."""

    number: int
    client: str
    call: Call
    argument: Argument
    most: int | None
    began: float
    ended: float = math.inf
    outcome: Outcome = "unfinished"
    result: Result = None
    is_over: bool = False
    """Whether nothing of it can happen after its end: its commands are not on their way still."""

    @property
    def deadline(self) -> float:
        """The instant before which it takes effect, if it does."""
        return self.ended if self.is_over else math.inf

    def __str__(self) -> str:
        if isinstance(self.argument, tuple):
            argument = " ".join(self.argument)
        else:
            argument = "" if self.argument is None else f"limit={self.argument}"
        most = f" max_items={self.most}" if self.call == "add_items" and self.most else ""
        return f"{self.call}({argument}){most}"


class History:
    """Records operations. Their begins and ends are instants of one clock, all of them different.

    Any thread may use it.
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._clock = itertools.count(1)
        self._lock = threading.Lock()

    def begin(
        self, client: str, call: Call, argument: Argument = None, most: int | None = None
    ) -> Operation:
        with self._lock:
            number, now = len(self.operations), next(self._clock)
            operation = Operation(number, client, call, argument, most, now)
            self.operations.append(operation)
            return operation

    def end(
        self,
        operation: Operation,
        outcome: Outcome,
        result: Result = None,
        *,
        is_over: bool = True,
    ) -> None:
        with self._lock:
            operation.ended = next(self._clock)
            operation.outcome = outcome
            operation.result = result
            operation.is_over = is_over


@dataclass(frozen=True)
class Case:
    """Operations on a conversation that was in one of a few states when they began."""

    operations: Sequence[Operation]
    states: Collection[Conversation] = field(default=_EMPTY)

    def __str__(self) -> str:
        """Draw a table: a line for each operation, with the span of time that it took."""
        begins = " or ".join(sorted({_words(state.items) for state in self.states}))
        ordered = sorted(self.operations, key=lambda operation: operation.began)
        instants = {operation.began for operation in ordered}
        instants |= {operation.ended for operation in ordered if operation.ended < math.inf}
        column = {instant: number for number, instant in enumerate(sorted(instants))}
        rows = [("client", "operation", "outcome", "time")]
        for operation in ordered:
            start, end = column[operation.began], column.get(operation.ended, len(column))
            # An arrow: it may take effect later still.
            head = "|" if operation.is_over else ">"
            span = " " * start + "|" + "-" * (end - start - 1) + head
            rows.append((operation.client, str(operation), _outcome(operation), span))
        widths = [max(len(row[n]) for row in rows) for n in range(4)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([f"The conversation begins as: {begins}", *lines])


def _outcome(operation: Operation) -> str:
    if operation.outcome != "returned":
        return operation.outcome
    result = operation.result
    return _words(result) if isinstance(result, tuple) else str(result)


def _words(items: Items) -> str:
    return " ".join(items) or "nothing"
