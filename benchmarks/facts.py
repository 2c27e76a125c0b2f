"""The measurements as plain data, from which all tables are made."""

from __future__ import annotations

import statistics
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from benchmarks.growth import APIS, CALLS
from benchmarks.operations import OPERATIONS
from benchmarks.stores import STORES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.bounds import Bound
    from benchmarks.counting import Cost, Traffic
    from benchmarks.rounds import Key, Rounds

Facts: TypeAlias = dict[str, Any]

_RAW = {"async": "raw", "blocking": "raw-blocking"}


def of_operations(
    measured: Mapping[str, Rounds], traffic: Mapping[Key, Traffic], costs: Mapping[Key, Cost]
) -> Facts:
    """Summarize each operation: microseconds, and ratios to raw redis-py of the same API."""
    return {
        operation: {
            "title": OPERATIONS[operation].title,
            "rounds": max(len(values) for values in rounds.seconds.values()),
            "in parallel": OPERATIONS[operation].in_parallel,
            "ping us": _pings(rounds),
            "stores": {
                store: _of_store(rounds, (operation, store))
                | _of_traffic(traffic.get((operation, store)))
                | _of_cost(costs.get((operation, store)))
                for store in OPERATIONS[operation].stores
            },
        }
        for operation, rounds in measured.items()
    }


def _of_store(rounds: Rounds, key: Key) -> Facts:
    raw = key[0], _RAW[STORES[key[1]].api]
    low, _, high = statistics.quantiles(rounds.seconds[key], n=4)
    return {
        "us": microseconds_of(rounds.seconds[key]),
        "quartiles us": [round(low * 1e6, 1), round(high * 1e6, 1)],
        "normalised us": microseconds_of(rounds.normalised(key)),
        "to raw": round(rounds.ratio(key, raw), 3),
        "to raw, hot": round(rounds.hot_ratio(key, raw), 3),
    }


def _of_traffic(traffic: Traffic | None) -> Facts:
    if traffic is None:
        return {}
    return {"commands": round(traffic.commands, 2), "round trips": round(traffic.trips, 2)}


def _of_cost(cost: Cost | None) -> Facts:
    if cost is None:
        return {}
    return {
        "bytes to server": round(cost.received),
        "bytes from server": round(cost.sent),
        "server us": round(cost.seconds * 1e6, 1),
        "executing us": round(cost.executing * 1e6, 1),
        "in scripts": round(cost.in_scripts, 1),
    }


def of_growth(measured: Mapping[str, Rounds]) -> Facts:
    """Summarize the growth: for each size, the microseconds of each call in each API."""
    return {
        what: {
            "ping us": _pings(rounds),
            "sizes": {
                size: {
                    api: {
                        call: microseconds_of(rounds.seconds[size, f"{call}/{api}"])
                        for call in CALLS
                    }
                    for api in APIS
                }
                for size in dict.fromkeys(size for size, _ in rounds.seconds)
            },
        }
        for what, rounds in measured.items()
    }


def of_bounds(bounds: Iterable[Bound]) -> list[Facts]:
    return [asdict(bound) | {"holds": bound.holds} for bound in bounds]


def _pings(rounds: Rounds) -> Facts:
    return {api: microseconds_of(rounds.pings[api]) for api in APIS}


def microseconds_of(seconds: Iterable[float]) -> float:
    """Return the median in microseconds."""
    return round(statistics.median(seconds) * 1e6, 1)
