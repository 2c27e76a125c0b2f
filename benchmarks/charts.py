"""The charts of the documentation: each answers one question, and is drawn from kept facts."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from benchmarks.drawing import Bar, Group, Mark, bar_chart
from benchmarks.footprint import SESSION_ITEMS
from benchmarks.growth import APIS, CALLS, TITLES
from benchmarks.rounds import ROUND_TRIP
from benchmarks.stores import STORES
from benchmarks.tables import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.drawing import Kind
    from benchmarks.facts import Facts

_SESSIONS = ("ours", "ours-blocking", "sdk", "old", "sqlite")
_PING = f"at a PING of {ROUND_TRIP * 1e6:.0f} µs"


def calls(facts: Facts) -> str:
    """Draw the time of a call in each store."""
    groups = []
    for operation in _operations(facts):
        bars = []
        for store, row in _rows(operation, "raw", "raw-blocking", *_SESSIONS):
            title, api = STORES[store].title, STORES[store].api
            name = f"raw, {api}" if STORES[store].is_raw else title
            label = f"{row['normalised us']:,.0f} µs · {times(row['to raw'])}"
            bars.append(Bar(name, row["normalised us"], label, _kind(store)))
        groups.append(Group(operation["title"], bars))
    note = f"With a TTL, {_PING}, and compared with raw redis-py of the same API."
    return bar_chart("What does a call cost?", note, groups)


def server(facts: Facts) -> str:
    """Draw what an operation costs the server: carrying out its commands, and the rest."""
    groups = []
    for operation in _operations(facts):
        bars = []
        for store, row in _rows(operation, "raw", "script", "ours", "sdk", "old"):
            executing = row["executing us"]
            rest = max(row["server us"] - executing, 0)
            label = f"{executing:,.0f} + {rest:,.0f} µs"
            bars.append(Bar(STORES[store].title, executing, label, _kind(store), rest))
        groups.append(Group(operation["title"], bars))
    note = (
        "Processor time, with a TTL. Filled: carrying out the commands and scripts. Outlined: "
        "everything else, above all reading and writing sockets."
    )
    return bar_chart("What does an operation cost the server?", note, groups)


def memory(facts: Facts) -> str:
    """Draw the memory of a session in Redis."""
    bars = []
    for store, row in facts["memory"].items():
        label = f"{row['session']:,.0f} bytes"
        bars.append(Bar(STORES[store].title, row["session"], label, _kind(store)))
    note = f"A session of {SESSION_ITEMS} items, with all overhead."
    mark = Mark(facts["payload"]["session"], "the JSON alone")
    return bar_chart("What does a conversation take in Redis?", note, [Group("", bars)], mark)


def sessions(facts: Facts) -> str:
    return _growth(facts, "sessions", "Does a call get slower with more sessions?", "sessions")


def history(facts: Facts) -> str:
    return _growth(facts, "history", "Does a call get slower with a longer history?", "items")


def turns(facts: Facts, ways: Mapping[str, str]) -> str:
    """Draw the time of a whole turn, run in different ways."""
    groups = []
    for row in facts["turns"]:
        if row["api"] == "async":
            trip = {"1 ms": "1 ms per round trip"}.get(row["round trip"], row["round trip"])
            bars = [_turn(way, title, row["us"]) for way, title in ways.items()]
            groups.append(Group(f"{trip}, {row['items']:,} items before", bars))
    note = "Async, without a TTL, and compared with raw redis-py."
    return bar_chart("What does a whole turn cost?", note, groups, Mark(1, "raw redis-py"))


def _turn(way: str, title: str, us: dict[str, float]) -> Bar:
    ratio = us[way] / us["raw"]
    label = f"{times(ratio)} · {us[way] / 1000:.1f} ms"
    return Bar(title, ratio, label, "others" if way == "sdk" else "ours")


def pages_of_a_user(facts: Facts) -> str:
    """Draw the time of reading a page, of few conversations and of many."""
    bars = [
        Bar(f"{row['conversations']:,} conversations", row["us"], f"{row['us']:,.0f} µs")
        for row in facts["pages"]
    ]
    question = "Does a page of a user's conversations get slower with their number?"
    note = "A page of 20, blocking, in a hot loop."
    return bar_chart(question, note, [Group("", bars)])


def adds_of_a_user(facts: Facts) -> str:
    """Draw the time of adding to a conversation of a user, and to one without a user."""
    names: dict[str, tuple[str, Kind]] = {
        "without": ("without a user", "least"),
        "owned": ("of a user", "ours"),
    }
    groups = []
    for row in facts["adds"]:
        us = row["normalised us"]
        ratios = {"without": "", "owned": f" · {times(row['ratio'])}"}
        bars = [
            Bar(name, us[key], f"{us[key]:,.0f} µs{ratios[key]}", kind)
            for key, (name, kind) in names.items()
        ]
        groups.append(Group(f"{row['api']}, {'a TTL' if row['ttl'] else 'no TTL'}", bars))
    question = "What does it cost that a conversation belongs to a user?"
    return bar_chart(question, f"Adding an item, {_PING}.", groups)


def _growth(facts: Facts, what: str, question: str, unit: str) -> str:
    sizes = sorted(facts["growth"][what]["sizes"].items(), key=lambda entry: int(entry[0]))
    groups = []
    for call, api in product(CALLS, APIS):
        bars = []
        for number, row in sizes:
            us = row[api][call]
            bars.append(Bar(f"{int(number):,} {unit}", us, f"{us:,.0f} µs"))
        groups.append(Group(f"{TITLES[call]}, {api}", bars))
    return bar_chart(question, "In a hot loop, with a TTL.", groups)


def _operations(facts: Facts) -> Iterator[dict[str, Any]]:
    for name in ("add-1", "pop", "get-1000", "turn"):
        yield facts["operations"][name]


def _rows(operation: dict[str, Any], *stores: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for store in stores:
        if row := operation["stores"].get(store):
            yield store, row


def _kind(store: str) -> Kind:
    if STORES[store].is_raw:
        return "least"
    return "ours" if store.startswith("ours") else "others"
