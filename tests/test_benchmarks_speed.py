"""The speed benchmark measures what it says; how long anything takes is not asserted here."""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING, Any

import pytest

import openai_agents_session
from benchmarks import bounds, deployment, growth, turns
from benchmarks.conversation import conversation, encoded
from benchmarks.counting import Traffic, count_traffic, weigh
from benchmarks.measuring import Extent, measure
from benchmarks.operations import prepare, run
from benchmarks.release import WrongReleaseError, load_release
from benchmarks.report import pages
from benchmarks.rounds import ROUND_TRIP, Rounds, median_ratio
from benchmarks.stores import Arena
from benchmarks.tables import Table, size
from openai_agents_session import RedisSession

if TYPE_CHECKING:
    from pathlib import Path

    from .support.server import Server

STAND_IN = """
import json

class RedisSession:
    def __init__(self, session_id, client, *, ttl=None):
        self.key, self.client, self.ttl = f"old:{session_id}", client, ttl

    async def add_items(self, items):
        await self.client.rpush(self.key, *map(json.dumps, items))
        await self.client.expire(self.key, 1000)

    async def get_items(self, limit=None):
        return [json.loads(x) for x in await self.client.lrange(self.key, -(limit or 0), -1)]

    async def clear_session(self):
        await self.client.delete(self.key)
"""

RAW, OURS, PEER = ("add-1", "script"), ("add-1", "ours"), ("add-1", "sdk")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder like the one that 0.1.0 is installed into, with a stand-in for it."""
    return make_release(tmp_path / "release", "0.1.0")


def make_release(folder: Path, version: str) -> Path:
    package = folder / "openai_agents_session"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('this is not ours')")
    (package / "redis.py").write_text(STAND_IN)
    metadata = folder / f"openai_agents_session-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: openai-agents-session\nVersion: {version}\n")
    return folder


def rounds_of(raw: list[float], ours: list[float], pings: list[float]) -> Rounds:
    return Rounds(
        trips={RAW: 1, OURS: 1, PEER: 6},
        seconds={RAW: raw, OURS: ours, PEER: [1e-3] * len(raw)},
        pings={"blocking": pings, "async": [2 * ping for ping in pings]},
    )


def test_a_ratio_is_the_median_of_those_within_the_rounds() -> None:
    assert median_ratio([2, 30, 4], [1, 10, 4]) == 2
    with pytest.raises(ValueError, match="shorter"):
        median_ratio([1, 2], [1])


def test_times_are_corrected_by_their_round_trips() -> None:
    rounds = rounds_of([50e-6, 80e-6], [90e-6, 120e-6], pings=[45e-6, 75e-6])
    assert rounds.normalised(RAW) == pytest.approx([120e-6, 120e-6])
    assert rounds.normalised(OURS) == pytest.approx([160e-6, 160e-6])
    assert rounds.normalised(PEER) == pytest.approx([1e-3 + 420e-6, 1e-3 + 240e-6])
    assert rounds.ratio(OURS, RAW) == pytest.approx(160 / 120)
    assert rounds.hot_ratio(OURS, RAW) == pytest.approx((9 / 5 + 12 / 8) / 2)


def test_what_sends_nothing_is_not_corrected() -> None:
    rounds = rounds_of([50e-6], [90e-6], pings=[45e-6])
    rounds.trips = {RAW: 1}
    assert rounds.normalised(OURS) == [90e-6]


def test_bounds_are_checked_on_corrected_ratios() -> None:
    slow = 1.3 * ROUND_TRIP
    rounds = rounds_of([ROUND_TRIP] * 3, [slow] * 3, pings=[ROUND_TRIP] * 3)
    raw, peer = bounds.of_speed({"add-1": rounds})
    assert (raw.value, raw.limit, raw.holds) == (pytest.approx(1.3), 1.12, False)
    assert (peer.value, peer.at_least, peer.holds) == (pytest.approx(1e-3 / slow), True, True)


def test_bounds_of_whole_turns() -> None:
    def row(trip: str, api: str, size: int, **us: float) -> dict[str, Any]:
        return {"round trip": trip, "api": api, "items": size, "us": {"raw": 200.0} | us}

    facts = {
        "turns": [
            row(turns.LOOPBACK, "async", 0, turn=178, plain=260, sdk=1000),
            row(turns.LOOPBACK, "blocking", 1_000, turn=182, plain=260),
            row(turns.DELAYED, "async", 0, turn=92, plain=200, sdk=800),
            row(turns.DELAYED, "blocking", 1_000, turn=90, plain=200),
        ]
    }
    assert [bound.holds for bound in turns.bounds(facts)] == [True, False, False, True]
    rows = turns.table(facts).rows
    assert [row[-1] for row in rows] == ["ok", "OVER", "OVER", "ok"]
    assert rows[1][:-2] == ["loopback", "blocking", "1,000", "0.91x", "1.30x", "-"]


def test_bounds_of_the_footprint() -> None:
    peaks = {"ours": 105, "raw": 100, "ours-blocking": 120, "raw-blocking": 100}
    found = list(bounds.of_footprint(peaks, 1.04))
    assert [bound.holds for bound in found] == [True, False, True]


def test_the_release_is_loaded_beside_ours(release: Path) -> None:
    before = {name: module for name, module in sys.modules.items() if "agents_session" in name}
    path = list(sys.path)
    published = load_release(release)
    assert published is not RedisSession
    assert published.__init__.__code__.co_filename == str(
        release / "openai_agents_session" / "redis.py"
    )
    after = {name: module for name, module in sys.modules.items() if "agents_session" in name}
    assert after == before
    assert sys.path == path
    assert openai_agents_session.RedisSession is RedisSession


@pytest.mark.parametrize("version", ["0.2.0", None])
def test_another_release_is_refused(tmp_path: Path, version: str | None) -> None:
    folder = make_release(tmp_path / "release", version) if version else tmp_path
    with pytest.raises(WrongReleaseError, match=r"must hold openai-agents-session 0\.1\.0"):
        load_release(folder)


async def test_round_trips_are_counted(server: Server, release: Path, tmp_path: Path) -> None:
    operations = ["add-1", "get-10", "get-10-no-ttl", "replace"]
    counted = await count_traffic(server, release, tmp_path, operations)
    for api in ("", "-blocking"):
        assert counted["add-1", f"raw{api}"] == Traffic(1, 1)
        assert counted["add-1", f"script{api}"] == Traffic(1, 1)
        assert counted["add-1", f"ours{api}"] == Traffic(1, 1)
        assert counted["get-10", f"raw{api}"] == Traffic(2, 1)
        assert counted["get-10", f"ours{api}"] == Traffic(2, 1)
        assert counted["get-10-no-ttl", f"ours{api}"] == Traffic(1, 1)
        assert counted["replace", f"raw{api}"] == Traffic(5, 1)  # in pieces, unanswered
        assert counted["replace", f"ours{api}"] == Traffic(1, 1)
    assert counted["add-1", "old"] == Traffic(2, 2)
    assert counted["replace", "old"] == Traffic(3, 3)
    assert counted["add-1", "sdk"].trips > 1
    assert ("add-1", "sqlite") not in counted


async def test_the_work_of_the_server(server: Server, release: Path, tmp_path: Path) -> None:
    works = {}
    arena = Arena(server.address, release, tmp_path)
    try:
        for operation, stores in (("pop", ("raw", "script", "ours")), ("replace", ("raw", "sdk"))):
            for store in stores:
                work = works[operation, store] = await prepare(arena, operation, store)
                await work.reset()
                await run(work)  # loads the scripts
        costs = await weigh(server, works)
    finally:
        await arena.close()
    assert all(cost.executing > 0 for cost in costs.values())
    assert costs["pop", "raw"].in_scripts == 0
    assert costs["pop", "script"].in_scripts == 5
    assert round(costs["pop", "ours"].in_scripts) == 8
    assert costs["replace", "raw"].in_scripts == 0  # nor are those of a transaction
    assert costs["replace", "sdk"].in_scripts == 0


def test_a_run_of_one_operation(release: Path) -> None:
    extent = Extent(1, 0.0, (), (), 0, 0, 0)
    found = measure(release, extent, random.Random(1), only=["add-1", "limit-of-20"])
    found |= {"machine": {"date": "today", "processor": "", "cores": 1, "system": "", "pinned": 0}}
    assert json.loads(json.dumps(found)) == found
    stores = found["operations"]["add-1"]["stores"]
    assert {"raw", "script", "ours", "sdk", "old", "sqlite", "ours-blocking"} <= set(stores)
    assert all(row["us"] > 0 for row in stores.values())
    assert stores["raw"]["to raw"] == 1
    assert stores["ours"]["bytes to server"] > len(encoded(conversation(1))[0])
    made = {name: page for name, page in pages(found).items() if isinstance(page, Table)}
    assert made["speed-times-async"].rows[0][0] == "add 1 item"
    assert [row[-1] in ("ok", "OVER") for row in made["speed-bounds"].rows]


async def test_growth_meets_every_size_and_restores_it() -> None:
    measured = await growth.measure_growth((2, 30), (3, 40), 2, random.Random(1))
    for what, sizes in (("sessions", {"2", "30"}), ("history", {"3", "40"})):
        assert {size for size, _ in measured[what].seconds} == sizes
        assert {len(values) for values in measured[what].seconds.values()} == {2}


def test_a_deployment_is_calculated() -> None:
    measured = deployment.Measured(session=10_000, receipt=100, read=50e-6, add=25e-6)
    small = deployment.calculate(measured, 3600, 1)
    assert (small.calls, small.nodes, small.needs_cluster) == (3, 1, False)
    assert small.share == pytest.approx(100e-6)
    assert small.bytes == 36_000_000 + 2 * 120 * 100
    assert deployment.calculate(measured, 4_000_000, 1).nodes == 3  # memory; 3 are the fewest
    assert deployment.calculate(measured, 3_600_000, 20).nodes == 4  # processor time


def test_tables() -> None:
    table = Table("Title", ["what", "us"], [["add", "1,000"], ["pop", "9"]])
    assert table.markdown().splitlines()[1:3] == ["| --- | --: |", "| add | 1,000 |"]
    assert table.plain().splitlines() == ["Title", "what     us", "add   1,000", "pop       9"]
    assert [size(999), size(9e6), size(91.2e9)] == ["999 B", "9.0 MB", "91.2 GB"]


def test_the_conversation_is_always_the_same() -> None:
    assert conversation(12) == conversation(6) + conversation(6, first=6)
    kinds = [item.get("type", "user") for item in conversation(6)]
    assert kinds == ["user", "function_call", "function_call_output", "message", "user", "message"]
    assert len(conversation(4)[3]["content"][0]["text"]) == 1000
