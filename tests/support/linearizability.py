"""Whether some order of operations explains what each of them returned.

The search of Wing and Gong: put an operation first that no other one had ended before, apply it to
the model, go on with the rest; never twice with the same operations done and the same state.

- What returned takes effect once between its begin and its end, with exactly its result.
- What failed takes effect once at any time after its begin, or never.
- What was cancelled takes effect once or never; before its end if it is known to be over then. A
  pop that took an item puts it back, as a second step.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .histories import READS, Case, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .conversation_model import Conversation

_MOST_NODES = 2_000_000


class _Step(NamedTuple):
    operation: Operation
    is_required: bool
    undoes: int = -1
    """The number of the step that it undoes; it comes after that one."""


class _Search:
    """All ways to order the steps of some operations."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._steps: list[_Step] = []
        for operation in sorted(operations, key=lambda operation: operation.deadline):
            returned = operation.outcome == "returned"
            if operation.call in READS and not returned:
                continue
            self._steps.append(_Step(operation, returned))
            if operation.call == "pop_item" and operation.outcome in ("cancelled", "unfinished"):
                self._steps.append(_Step(operation, False, len(self._steps) - 1))
        self._missing: dict[int, frozenset[str]] = {}
        self._ranks = {
            number: {item: rank for rank, item in enumerate(step.operation.result)}
            for number, step in enumerate(self._steps)
            if isinstance(step.operation.result, tuple)
        }

    def ends(self, states: Sequence[Conversation]) -> Iterator[Conversation]:
        """Yield the states in which all that must have happened has happened."""
        seen: set[tuple[int, Conversation]] = set()
        # What is done, as bits; the latest begin of any of it; and the state.
        stack = [(0, 0.0, state) for state in states]
        while stack:
            done, latest, state = stack.pop()
            if (done, state) in seen:
                continue
            seen.add((done, state))
            if len(seen) > _MOST_NODES:
                raise RuntimeError("the history is too long to be checked")
            barrier = self._first_end_to_come(done)
            if barrier == 0:
                yield state
            if self._is_hopeless(done, state):
                continue
            # The last one is visited first: the one that ends earliest.
            for number in reversed(range(len(self._steps))):
                step = self._steps[number]
                if (
                    not done >> number & 1
                    and (not barrier or step.operation.began < barrier)
                    and latest < step.operation.deadline
                    and (step.undoes < 0 or done >> step.undoes & 1)
                    and (after := _apply(step, state)) is not None
                    # Nothing is gained by what need not happen and changes nothing.
                    and (after != state or step.is_required or step.undoes >= 0)
                ):
                    began = max(latest, step.operation.began)
                    stack.append((done | 1 << number, began, after))

    def _is_hopeless(self, done: int, state: Conversation) -> bool:
        """Return whether what is still to be seen cannot come: an item is gone, or misplaced.

        No item is added twice, and none ever passes another one.
        """
        present = {*state.items, *(pending.item for pending in state.pending)}
        if not self._must_be_there(done) <= present:
            return True
        for number, rank in self._ranks.items():
            if not done >> number & 1:
                ranks = [rank[item] for item in state.items if item in rank]
                if ranks != sorted(ranks):
                    return True
        return False

    def _must_be_there(self, done: int) -> frozenset[str]:
        """Return the items that are still to be seen, and that nobody will add."""
        if (known := self._missing.get(done)) is not None:
            return known
        seen, added = set[str](), set[str]()
        for number, (operation, is_required, _) in enumerate(self._steps):
            if done >> number & 1:
                continue
            if isinstance(operation.argument, tuple):
                added.update(operation.argument)
            if is_required and isinstance(operation.result, tuple):
                seen.update(operation.result)
            elif is_required and isinstance(operation.result, str):
                seen.add(operation.result)
        return self._missing.setdefault(done, frozenset(seen - added))

    def _first_end_to_come(self, done: int) -> float:
        """Return the end of the next operation that must still take effect; 0 if there is none."""
        for number, step in enumerate(self._steps):
            if done >> number & 1:
                continue
            is_due = step.undoes >= 0 and done >> step.undoes & 1 and step.operation.is_over
            if step.is_required or is_due:
                return step.operation.deadline
        return 0


def _apply(step: _Step, state: Conversation) -> Conversation | None:
    """Return the state after a step; None if its operation returned something else."""
    operation = step.operation
    argument = operation.argument
    result, after = operation.result, state
    match operation.call:
        case "add_items":
            assert isinstance(argument, tuple)
            after = state.add(argument, operation.most)
        case "replace_items":
            assert isinstance(argument, tuple)
            after = state.replace(argument)
        case "clear_session":
            after = state.replace(())
        case "get_items":
            assert not isinstance(argument, tuple)
            result = state.read(argument)
        case "count":
            result = len(state.items)
        case "pop_item" if step.undoes >= 0:
            after = state.put_back(operation.number)
        case "pop_item" if operation.outcome in ("cancelled", "unfinished"):
            after = state.take(operation.number)
        case "pop_item":
            result, after = state.pop()
    is_known = operation.outcome == "returned"
    return None if is_known and result != operation.result else after


def is_explained(case: Case) -> bool:
    """Return whether there is an order that explains everything."""
    return any(True for _ in _Search(case.operations).ends(list(case.states)))


def shrink(case: Case) -> Case:
    """Return a smaller case that has no explanation either, and only because this one has none."""
    for smaller in (_until_it_fails, _from_a_read, _without_reads):
        case = smaller(case)
    return case


def _until_it_fails(case: Case) -> Case:
    """Leave out what began later: it explains nothing that had been seen before."""
    for end in sorted(o.ended for o in case.operations if o.outcome == "returned"):
        prefix = Case(_until(case.operations, end), case.states)
        if not is_explained(prefix):
            return prefix
    return case


def _until(operations: Sequence[Operation], end: float) -> list[Operation]:
    """Return the operations as they were at an instant: some of them not finished yet."""
    return [
        operation
        if operation.ended <= end
        else replace(operation, ended=math.inf, outcome="unfinished", result=None, is_over=False)
        for operation in operations
        if operation.began < end
    ]


def _without_reads(case: Case) -> Case:
    """Leave out what changes nothing, as long as the rest has no explanation."""
    for operation in case.operations:
        if operation.call in READS:
            fewer = Case([o for o in case.operations if o is not operation], case.states)
            if operation.outcome != "returned" or not is_explained(fewer):
                case = fewer
    return case


def _from_a_read(case: Case) -> Case:
    """Begin with what a client read when nothing else went on."""
    for read in sorted(case.operations, key=lambda o: o.began, reverse=True):
        others = [o for o in case.operations if o is not read]
        is_alone = all(o.deadline < read.began or o.began > read.ended for o in others)
        is_whole = read.call == "get_items" and read.argument is None and read.is_over
        if is_alone and is_whole:
            states = set(_Search(_until(case.operations, read.ended)).ends(list(case.states)))
            later = Case([o for o in others if o.began > read.ended], states)
            if states and not is_explained(later):
                return later
    return case
