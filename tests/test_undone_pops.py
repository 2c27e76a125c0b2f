"""A pop is interrupted after Redis has carried it out: what may come back, where, for how long."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

from .support.pending_pop import PendingPops
from .support.polling import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from .support.proxy import FaultProxy
    from .support.server import Server

KEY = "openai_agents_session:ada"


def items(text: str) -> list[Any]:
    """One item for every letter: of the user if it is a capital one, else of the assistant."""
    return [
        {"role": "user" if letter.isupper() else "assistant", "content": letter} for letter in text
    ]


class Other:
    """Somebody else at the same conversation, whose calls are not interrupted."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def session(self, **options: Any) -> SyncRedisSession:
        return SyncRedisSession.from_url("ada", self._server.url, **options)

    def add(self, text: str, **options: Any) -> Self:
        with self.session(**options) as session:
            session.add_items(items(text))
        return self

    def replace(self, text: str) -> Self:
        with self.session() as session:
            session.replace_items(items(text))
        return self

    def clear(self) -> Self:
        with self.session() as session:
            session.clear_session()
        return self

    def pop(self) -> Self:
        with self.session() as session:
            session.pop_item()
        return self

    def expire(self) -> Self:
        self._server.command("PEXPIRE", KEY, 1)
        until(lambda: not self._server.command("EXISTS", KEY), 5, "the conversation to expire")
        return self

    def delete(self) -> Self:
        self._server.command("DEL", KEY)
        return self

    @property
    def stored(self) -> str:
        with self.session() as session:
            found: list[Any] = session.get_items()
        return "".join(item["content"] for item in found)

    @property
    def lifetime(self) -> object:
        return self._server.command("TTL", KEY)


@pytest.fixture
def other(server: Server) -> Other:
    """Somebody else."""
    return Other(server)


@pytest.fixture(params=["awaited", "threaded", "blocking"])
def pops(request: pytest.FixtureRequest, proxy: FaultProxy) -> PendingPops:
    """Pops of every kind of caller."""
    return PendingPops(request.param, proxy, "ada")


@pytest.fixture(params=["awaited", "threaded"])
def many_pops(request: pytest.FixtureRequest, proxy: FaultProxy) -> PendingPops:
    """The same where several can be made at a time."""
    return PendingPops(request.param, proxy, "ada")


# Before, what happens after the pop of the last letter, and what is there after its undo.
CASES: dict[str, tuple[str, Callable[[Other], object], str]] = {
    "nothing": ("AbC", lambda other: None, "AbC"),
    "a clear": ("AbC", lambda other: other.clear(), ""),
    "a clear, of the only item": ("A", lambda other: other.clear(), ""),
    "a clear and an add": ("AbC", lambda other: other.clear().add("De"), "De"),
    "a clear and a longer conversation": (
        "AbC",
        lambda other: other.clear().add("DeFgH"),
        "DeFgH",
    ),
    "a replacement": ("AbC", lambda other: other.replace("Xy"), "Xy"),
    "a replacement that is longer": ("AbC", lambda other: other.replace("VwXyZ"), "VwXyZ"),
    "a replacement of the only item": ("A", lambda other: other.replace("X"), "X"),
    "a replacement by nothing": ("AbC", lambda other: other.replace(""), ""),
    "adds": ("AbC", lambda other: other.add("d").add("Ef"), "AbCdEf"),
    "an add after the only item": ("A", lambda other: other.add("B"), "AB"),
    "a pop": ("AbC", lambda other: other.pop(), "AC"),
    "a pop of all others": ("AbC", lambda other: other.pop().pop(), "C"),
    "a pop and an add": ("AbC", lambda other: other.pop().add("d"), "ACd"),
    "an add and a pop of that": ("AbC", lambda other: other.add("d").pop(), "AbC"),
    "adds, and a pop past its place": (
        "AbC",
        lambda other: other.add("d").pop().pop(),
        "AC",
    ),
    "a trim before its place": ("AbCde", lambda other: other.add("f", max_items=4), "Cdef"),
    "a trim past its place": ("AbCd", lambda other: other.add("Ef", max_items=2), "Ef"),
    "a trim past its place, and adds": (
        "AbCd",
        lambda other: other.add("Ef", max_items=2).add("GhIj"),
        "EfGhIj",
    ),
    "two trims": (
        "AbCdEfg",
        lambda other: other.add("h", max_items=6).add("i", max_items=5),
        "Efghi",
    ),
    "expiry": ("AbC", lambda other: other.expire(), ""),
    "expiry and a new conversation": (
        "AbC",
        lambda other: other.expire().add("DeFg"),
        "DeFg",
    ),
    "deletion by another client": ("AbC", lambda other: other.delete(), ""),
    "deletion and a new conversation": (
        "AbC",
        lambda other: other.delete().add("DeFg"),
        "DeFg",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_there_after_an_undo(pops: PendingPops, other: Other, case: str) -> None:
    before, meanwhile, after = CASES[case]
    other.add(before, ttl=1000)
    pops.interrupted_after(lambda: meanwhile(other))
    assert other.stored == after
    if not after:
        assert other.lifetime == -2


def test_a_large_conversation(pops: PendingPops, other: Other) -> None:
    before = "Ab" * 1000
    other.add(before)
    pops.interrupted_after(lambda: other.add("cD" * 1000))
    assert other.stored == before + "cD" * 1000


@pytest.mark.parametrize("turns", [1, 3])
def test_nothing_of_a_cleared_conversation_stays(
    pops: PendingPops, other: Other, server: Server, turns: int
) -> None:
    other.add("Ab" * turns)
    pops.interrupted_after(other.clear)
    keys: Any = server.command("KEYS", "*ada*")
    assert KEY.encode() not in keys
    for key in keys:
        seconds = server.command("TTL", key)
        assert isinstance(seconds, int)
        assert 0 < seconds <= 120


ORDERS = list(permutations(range(3)))


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize(("before", "after"), [("AbCdE", "AbCdE"), ("AbC", "AbC")])
def test_several_pops_are_undone_in_any_order(
    many_pops: PendingPops, other: Other, order: tuple[int, ...], before: str, after: str
) -> None:
    other.add(before, ttl=1000)
    many_pops.run(["pop", "pop", "pop", *order])
    assert other.stored == after
    assert 990 < int(str(other.lifetime)) <= 1000


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
@pytest.mark.parametrize(
    ("happens", "after"),
    [
        ("add", "AbCdEf"),  # the first takes C, then d is added, the second takes d
        ("clear", "XyZ"),
        ("replace", "XyZ"),
        ("expire", "XyZ"),
    ],
)
def test_two_pops_with_something_in_between(
    many_pops: PendingPops, other: Other, order: tuple[int, ...], happens: str, after: str
) -> None:
    steps: dict[str, list[Callable[[], object]]] = {
        "add": [lambda: other.add("d")],
        "clear": [other.clear, lambda: other.add("XyZ")],
        "replace": [lambda: other.replace("XyZ")],
        "expire": [other.expire, lambda: other.add("XyZ")],
    }
    other.add("AbC")
    many_pops.run(["pop", *steps[happens], "pop", *order])
    if happens == "add":
        other.add("Ef")
    assert other.stored == after


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_two_pops_with_a_trim_in_between(
    many_pops: PendingPops, other: Other, order: tuple[int, ...]
) -> None:
    other.add("AbCd")
    many_pops.run(["pop", lambda: other.add("Ef", max_items=2), "pop", *order])
    assert other.stored == "Ef"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_two_pops_with_an_add_between_their_undos(
    many_pops: PendingPops, other: Other, order: tuple[int, int]
) -> None:
    other.add("AbCd")
    first, second = order
    many_pops.run(["pop", "pop", first, lambda: other.add("E"), second])
    assert other.stored == "AbCdE"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
@pytest.mark.parametrize("happens", ["clear", "replace"])
def test_two_pops_with_a_clear_between_their_undos(
    many_pops: PendingPops, other: Other, order: tuple[int, int], happens: str
) -> None:
    other.add("AbCd")
    change = other.clear if happens == "clear" else lambda: other.replace("Xy")
    first, second = order
    many_pops.run(["pop", "pop", first, change, second])
    assert other.stored == ("" if happens == "clear" else "Xy")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_two_pops_of_one_item_and_of_what_took_its_place(
    many_pops: PendingPops, other: Other, order: tuple[int, ...]
) -> None:
    other.add("A")
    many_pops.run(["pop", lambda: other.add("B"), "pop", *order])
    assert other.stored == "AB"


@pytest.fixture(params=[None, 300], ids=["no ttl", "ttl"])
def timed_pops(request: pytest.FixtureRequest, proxy: FaultProxy) -> Any:
    """Make pops of sessions with a ttl and without one; the ttl is beside them."""
    return lambda kind: (PendingPops(kind, proxy, "ada", ttl=request.param), request.param)


@pytest.mark.parametrize("kind", ["awaited", "threaded", "blocking"])
@pytest.mark.parametrize("before", ["A", "Ab"])
def test_the_lifetime_after_an_undo(timed_pops: Any, other: Other, kind: str, before: str) -> None:
    """A pop refreshes a lifetime, if its session has one; its undo leaves no other behind."""
    pops, ttl = timed_pops(kind)
    other.add(before, ttl=1000)
    pops.interrupted_after(lambda: None)
    assert other.stored == before
    expected = ttl or 1000
    assert expected - 10 < int(str(other.lifetime)) <= expected


@pytest.mark.parametrize("kind", ["awaited", "threaded", "blocking"])
@pytest.mark.parametrize("before", ["A", "Ab"])
def test_a_permanent_conversation_stays_so_after_an_undo(
    timed_pops: Any, other: Other, kind: str, before: str
) -> None:
    pops, _ = timed_pops(kind)
    other.add(before)
    pops.interrupted_after(lambda: None)
    assert other.stored == before
    assert other.lifetime == -1
