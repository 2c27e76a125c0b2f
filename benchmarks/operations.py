"""The measured operations: each is a list of calls, with an untimed preparation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.stores import (
    SESSIONS,
    STORES,
    THREADS,
    TTL,
    Arena,
    finished,
    items_for,
    refill,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from benchmarks.stores import Api

TASKS = 50
_HISTORY = 20  # items that continue a conversation


async def _nothing() -> None:
    """Do nothing: the calls change nothing."""


@dataclass(frozen=True)
class Work:
    """The calls of one store in one round."""

    calls: Sequence[Callable[[], Any]]
    reset: Callable[[], Awaitable[None]] = _nothing
    each: int = 1
    """The number of operations in one call."""

    @property
    def size(self) -> int:
        return len(self.calls) * self.each


@dataclass(frozen=True)
class Subject:
    """A store, as it is passed to an operation."""

    arena: Arena
    store: str
    operation: str
    ttl: int | None

    @property
    def api(self) -> Api:
        return STORES[self.store].api

    def session(self, number: int = 0) -> Any:
        return self.arena.session(self.store, f"{self.operation}-{number}", self.ttl)

    def batches(self, size: int, count: int) -> list[list[Any]]:
        """Return items that continue a conversation."""
        items = items_for(self.store, size * count, first=_HISTORY)
        return [items[start : start + size] for start in range(0, size * count, size)]

    async def refill(self, sessions: Sequence[Any], count: int = _HISTORY) -> None:
        for session in sessions:
            await refill(self.store, session, count)


async def adding(subject: Subject, *, size: int, calls: int) -> Work:
    session = subject.session()
    adds = [partial(session.add_items, batch) for batch in subject.batches(size, calls)]
    return Work(adds, partial(subject.refill, [session]))


async def reading(
    subject: Subject, *, count: int, calls: int = 20, limit: int | None = None
) -> Work:
    session = await subject.arena.history(subject.store, count, subject.ttl)
    return Work([partial(session.get_items, limit)] * calls)


async def popping(subject: Subject, *, calls: int = 100) -> Work:
    session = subject.session()
    return Work([session.pop_item] * calls, partial(subject.refill, [session], _HISTORY + calls))


async def clearing(subject: Subject, *, calls: int = 10) -> Work:
    sessions = [subject.session(number) for number in range(calls)]
    return Work([session.clear_session for session in sessions], partial(subject.refill, sessions))


async def replacing(subject: Subject, *, calls: int = 10) -> Work:
    session = subject.session()
    [items] = subject.batches(_HISTORY, 1)
    await subject.refill([session])
    if hasattr(session, "replace_items"):
        return Work([partial(session.replace_items, items)] * calls)

    async def clear_and_add() -> None:
        await session.clear_session()
        await session.add_items(items)

    return Work([clear_and_add] * calls)


async def whole_turns(subject: Subject, *, history: int, calls: int = 5) -> Work:
    session = subject.session()
    turns = [_turn(subject.api, session, batch) for batch in subject.batches(2, calls)]
    return Work(turns, partial(subject.refill, [session], history))


async def turns_in_tasks(subject: Subject) -> Work:
    """Run 50 tasks with one turn each, every task in its own conversation."""
    sessions = [subject.session(number) for number in range(TASKS)]
    [batch] = subject.batches(2, 1)
    turns = [_turn(subject.api, session, batch) for session in sessions]

    async def together() -> None:
        await asyncio.gather(*(turn() for turn in turns))

    return Work([together], partial(subject.refill, sessions), each=TASKS)


async def turns_in_threads(subject: Subject, *, calls: int = 6) -> Work:
    """Run 8 threads with several turns each, every thread in its own conversation."""
    sessions = [subject.session(number) for number in range(THREADS)]
    [batch] = subject.batches(2, 1)

    def several(session: Any) -> None:
        for _ in range(calls):
            session.get_items()
            session.add_items(batch)

    def together() -> None:
        for _ in subject.arena.threads.map(several, sessions):
            pass

    return Work([together], partial(subject.refill, sessions), each=THREADS * calls)


def _turn(api: Api, session: Any, batch: list[Any]) -> Callable[[], Any]:
    """Run a turn: read everything, then add the question and its answer."""

    async def awaited() -> None:
        await session.get_items()
        await session.add_items(batch)

    def blocking() -> None:
        session.get_items()
        session.add_items(batch)

    return awaited if api == "async" else blocking


@dataclass(frozen=True)
class Operation:
    """A row of the tables.

    Attributes:
        group: Operations in the same group are measured in the same rounds, for comparison.
        rounds: The number of rounds. In each round, every store runs once.
        in_parallel: The calls overlap, so round trips cannot be counted.
    """

    title: str
    work: Callable[[Subject], Awaitable[Work]]
    ttl: int | None = TTL
    stores: tuple[str, ...] = SESSIONS
    group: str = ""
    rounds: int = 60
    in_parallel: bool = False


_ASYNC = tuple(store for store in SESSIONS if STORES[store].api == "async")
_BLOCKING = tuple(store for store in SESSIONS if STORES[store].api == "blocking")
_ADDS = {1: 100, 5: 40, 50: 10}  # calls per round
_READS = {10: (20, 60), 100: (20, 60), 1000: (4, 60), 10_000: (1, 16)}  # calls per round, rounds


def _operations() -> dict[str, Operation]:
    adds = {
        f"add-{size}{suffix}": Operation(
            f"add {size} {'item' if size == 1 else 'items'}{note}",
            partial(adding, size=size, calls=calls),
            ttl=ttl,
            stores=tuple(STORES) if ttl else SESSIONS,
            rounds=80 if size == 1 and ttl else 40,
        )
        for ttl, suffix, note in ((TTL, "", ""), (None, "-no-ttl", ", no TTL"))
        for size, calls in _ADDS.items()
    }
    reads = {
        f"get-{count}{suffix}": Operation(
            f"get {count:,} items{note}",
            partial(reading, count=count, calls=calls),
            ttl=ttl,
            rounds=rounds,
        )
        for ttl, suffix, note in ((TTL, "", ""), (None, "-no-ttl", ", no TTL"))
        for count, (calls, rounds) in _READS.items()
        if ttl or count < 10_000
    }
    limits = {
        f"limit-of-{count}": Operation(
            f"get the last 20 of {count:,}", partial(reading, count=count, limit=20), group="limit"
        )
        for count in (20, 10_000)
    }
    others = {
        "pop": Operation("pop", popping, stores=tuple(STORES), rounds=80),
        "clear": Operation("clear", clearing),
        "replace": Operation("replace 20 items", replacing),
        "turn": Operation("whole turn, 200 items", partial(whole_turns, history=200)),
        "turn-short": Operation("whole turn, 20 items", partial(whole_turns, history=20)),
        "tasks": Operation(
            f"turn of 20 items, {TASKS} tasks",
            turns_in_tasks,
            stores=_ASYNC,
            rounds=24,
            in_parallel=True,
        ),
        "threads": Operation(
            f"turn of 20 items, {THREADS} threads",
            turns_in_threads,
            stores=_BLOCKING,
            rounds=24,
            in_parallel=True,
        ),
    }
    return adds | reads | limits | others


OPERATIONS = _operations()


async def prepare(arena: Arena, operation: str, store: str) -> Work:
    """Prepare the calls of a store for an operation."""
    what = OPERATIONS[operation]
    return await what.work(Subject(arena, store, operation, what.ttl))


async def run(work: Work) -> None:
    """Make all calls once, without timing them."""
    for call in work.calls:
        await finished(call())
