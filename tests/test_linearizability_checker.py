"""The checker of histories, and the model that it applies, against examples made by hand."""

from __future__ import annotations

import math

import pytest

from .support.conversation_model import Conversation, Pending
from .support.histories import Argument, Call, Case, Operation, Outcome, Result
from .support.linearizability import is_explained, shrink


def case(*operations: Operation, first: str = "") -> Case:
    numbered = list(operations)
    for number, operation in enumerate(numbered):
        operation.number = number
    return Case(numbered, [Conversation(words(first))])


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def made(
    began: float,
    ended: float,
    call: Call,
    argument: Argument = None,
    result: Result = None,
    *,
    outcome: Outcome = "returned",
    is_over: bool | None = None,
    most: int | None = None,
) -> Operation:
    over = outcome in ("returned", "cancelled") if is_over is None else is_over
    return Operation(0, "c", call, argument, most, began, ended, outcome, result, over)


def add(began: float, ended: float, items: str, outcome: Outcome = "returned") -> Operation:
    return made(began, ended, "add_items", words(items), outcome=outcome)


def read(began: float, ended: float, items: str, limit: int | None = None) -> Operation:
    return made(began, ended, "get_items", limit, words(items))


def pop(began: float, ended: float, item: str | None) -> Operation:
    return made(began, ended, "pop_item", result=item)


def cancelled_pop(began: float, ended: float, *, is_over: bool = True) -> Operation:
    return made(began, ended, "pop_item", outcome="cancelled", is_over=is_over)


def clear(began: float, ended: float) -> Operation:
    return made(began, ended, "clear_session")


GOOD = {
    "nothing": case(),
    "one after the other": case(add(1, 2, "u1"), add(3, 4, "a2"), read(5, 6, "u1 a2")),
    "concurrent, in the other order": case(add(1, 4, "u1"), add(2, 3, "a2"), read(5, 6, "a2 u1")),
    "a read before a concurrent add": case(add(1, 4, "u1"), read(2, 3, ""), read(5, 6, "u1")),
    "a limit": case(read(1, 2, "a2 u3", 2), read(3, 4, "", 0), first="u1 a2 u3"),
    "a count": case(made(1, 2, "count", result=2), first="u1 a2"),
    "pops": case(pop(1, 2, "a2"), pop(3, 4, "u1"), pop(5, 6, None), first="u1 a2"),
    "replaced": case(made(1, 2, "replace_items", ("u3",)), read(3, 4, "u3"), first="u1 a2"),
    "trimmed": case(
        made(1, 2, "add_items", ("u3", "a4"), most=3), read(3, 4, "u3 a4"), first="u1 a2"
    ),
    "a failed add that was made": case(add(1, 2, "u1", "failed"), read(3, 4, "u1")),
    "a failed add that was not made": case(add(1, 2, "u1", "failed"), read(3, 4, "")),
    "a failed add that was made late": case(
        add(1, 2, "u1", "failed"), read(3, 4, ""), read(5, 6, "u1")
    ),
    "a cancelled add that was made": case(add(1, 2, "u1 a2", "cancelled"), read(3, 4, "u1 a2")),
    "a cancelled add that was not made": case(add(1, 2, "u1 a2", "cancelled"), read(3, 4, "")),
    "a failed pop that was made": case(
        made(1, 2, "pop_item", outcome="failed", is_over=False), read(3, 4, ""), first="u1"
    ),
    "a pop that was undone": case(
        cancelled_pop(1, 6), read(2, 3, "u1"), read(4, 5, "u1 a2"), first="u1 a2"
    ),
    "a pop that was undone in its place": case(
        cancelled_pop(1, 6),
        read(2, 3, "u1"),
        add(4, 5, "u3"),
        read(7, 8, "u1 a2 u3"),
        first="u1 a2",
    ),
    "a pop that was undone before the other": case(
        cancelled_pop(1, 8), pop(2, 3, "u1"), read(4, 5, ""), read(6, 7, "a2"), first="u1 a2"
    ),
    "two pops that were undone": case(
        cancelled_pop(1, 8),
        cancelled_pop(2, 7),
        read(3, 4, ""),
        read(9, 10, "u1 a2"),
        first="u1 a2",
    ),
    "a pop whose conversation was cleared": case(
        cancelled_pop(1, 6), read(2, 3, "u1"), clear(4, 5), read(7, 8, ""), first="u1 a2"
    ),
    "a pop whose place was trimmed away": case(
        cancelled_pop(1, 8),
        read(2, 3, "u1"),
        made(4, 5, "add_items", ("u3", "a4"), most=2),
        read(6, 7, "u3 a4"),
        read(9, 10, "u3 a4"),
        first="u1 a2",
    ),
    "a pop whose undo is still on its way": case(
        cancelled_pop(1, 2, is_over=False), read(3, 4, ""), read(5, 6, "u1"), first="u1"
    ),
}

BAD = {
    "an item from nowhere": case(read(1, 2, "u1")),
    "a lost add": case(add(1, 2, "u1"), read(3, 4, "")),
    "an add made twice": case(add(1, 2, "u1"), read(3, 4, "u1 u1")),
    "half of a batch": case(add(1, 2, "u1 a2", "cancelled"), read(3, 4, "u1")),
    "adds in the wrong order": case(add(1, 2, "u1"), add(3, 4, "a2"), read(5, 6, "a2 u1")),
    "a stale read": case(add(1, 2, "u1"), add(3, 4, "a2"), read(5, 6, "u1")),
    "two reads that disagree": case(add(1, 6, "u1"), read(2, 3, "u1"), read(4, 5, "")),
    "an item popped twice": case(pop(1, 4, "u1"), pop(2, 3, "u1"), first="u1"),
    "a wrong limit": case(read(1, 2, "u1 a2", 2), first="u1 a2 u3"),
    "a wrong count": case(made(1, 2, "count", result=3), first="u1 a2"),
    "not trimmed": case(
        made(1, 2, "add_items", ("u3",), most=1), read(3, 4, "u1 a2 u3"), first="u1 a2"
    ),
    "a cancelled add that is made late": case(
        add(1, 2, "u1", "cancelled"), read(3, 4, ""), read(5, 6, "u1")
    ),
    "a failed add made twice": case(add(1, 2, "u1", "failed"), read(3, 4, "u1 u1")),
    "a cancelled pop that lost its item": case(
        cancelled_pop(1, 2), read(3, 4, "u1"), first="u1 a2"
    ),
    "a pop undone late": case(
        cancelled_pop(1, 2), read(3, 4, "u1"), read(5, 6, "u1 a2"), first="u1 a2"
    ),
    "a pop undone at the end": case(
        cancelled_pop(1, 6),
        read(2, 3, "u1"),
        add(4, 5, "u3"),
        read(7, 8, "u1 u3 a2"),
        first="u1 a2",
    ),
    "a pop undone after a clear": case(
        cancelled_pop(1, 6), read(2, 3, "u1"), clear(4, 5), read(7, 8, "a2"), first="u1 a2"
    ),
    "a pop undone after a trim": case(
        cancelled_pop(1, 8),
        read(2, 3, "u1"),
        made(4, 5, "add_items", ("u3", "a4"), most=2),
        read(6, 7, "u3 a4"),
        read(9, 10, "a2 u3 a4"),
        first="u1 a2",
    ),
    "two pops undone in the wrong order": case(
        cancelled_pop(1, 8),
        cancelled_pop(2, 7),
        read(3, 4, ""),
        read(9, 10, "a2 u1"),
        first="u1 a2",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_history(name: str) -> None:
    assert is_explained(GOOD[name]), str(GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_a_bad_history(name: str) -> None:
    assert not is_explained(BAD[name]), str(BAD[name])
    assert not is_explained(shrink(BAD[name]))


def test_a_long_bad_history_becomes_a_short_one() -> None:
    before = [add(10 * n + 1, 10 * n + 2, f"u{n}") for n in range(5)]
    items = " ".join(f"u{n}" for n in range(5))
    bad = [read(61, 62, items), add(63, 66, "u7"), read(64, 65, items), read(67, 68, items)]
    after = [add(71, 72, "u8"), pop(73, 74, "u8")]
    short = shrink(case(*before, *bad, *after))
    assert short.states == {Conversation(words(items))}
    assert short.operations == [bad[1], bad[3]]
    assert str(short).splitlines() == [
        "The conversation begins as: u0 u1 u2 u3 u4",
        "client  operation      outcome         time",
        "c       add_items(u7)  None            ||",
        "c       get_items()    u0 u1 u2 u3 u4    ||",
    ]


def test_a_case_shows_what_may_still_happen() -> None:
    late = made(1, 4, "add_items", ("u1",), outcome="failed", is_over=False, most=3)
    running = made(3, math.inf, "clear_session", outcome="unfinished", is_over=False)
    assert str(case(late, read(2, 5, ""), running)).splitlines() == [
        "The conversation begins as: nothing",
        "client  operation                  outcome     time",
        "c       add_items(u1) max_items=3  failed      |-->",
        "c       get_items()                nothing      |--|",
        "c       clear_session()            unfinished    |-->",
    ]


def test_pops_in_a_row_go_back_in_any_order() -> None:
    taken = Conversation(words("u1 a2 u3")).take(1).take(2).take(3)
    assert taken.pending == (Pending(0, 3, "u1"), Pending(0, 2, "a2"), Pending(0, 1, "u3"))
    for order in ((1, 2, 3), (3, 2, 1), (2, 3, 1), (2, 1, 3)):
        state = taken
        for pop_number in order:
            state = state.put_back(pop_number)
        assert state == Conversation(words("u1 a2 u3"))


def test_a_pop_of_what_came_later_goes_behind() -> None:
    state = Conversation(words("u1 a2")).take(1).add(words("u3"), None).take(2)
    assert state.put_back(2).put_back(1).items == words("u1 a2 u3")
    assert state.put_back(1).put_back(2).items == words("u1 a2 u3")


def test_a_trim_moves_places() -> None:
    state = Conversation(words("u1 a2 u3 a4")).take(1).add(words("a5"), 2)
    assert state.items == words("u3 a5")
    assert state.put_back(1).items == words("u3 a4 a5")


def test_a_place_in_front_of_all_is_trimmed_away() -> None:
    state = Conversation(words("u1 a2")).take(1).add(words("u3"), 1)
    assert state.items == words("u3")
    assert state.put_back(1) == state


@pytest.mark.parametrize(
    ("before", "new", "most", "after"),
    [
        ("u1 a2", "u3", 3, "u1 a2 u3"),
        ("u1 a2", "u3", 2, "u3"),
        ("u1 a2", "a3", 1, "u1 a2 a3"),
        ("a1 a2", "a3", 1, "a1 a2 a3"),
        ("u1 a2", "u3 a4 u5", 1, "u3 a4 u5"),
        ("u1 u2", "a3", 2, "u2 a3"),
    ],
)
def test_trims(before: str, new: str, most: int, after: str) -> None:
    assert Conversation(words(before)).add(words(new), most).items == words(after)
