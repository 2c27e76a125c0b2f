"""Concurrent clients behind a bad network see what some order of their calls explains.

Each seed makes up a few clients of one conversation, their calls, which of these are cancelled,
and what the network loses. `LINEARIZABILITY_SEEDS` says how many seeds are tried.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from openai_agents_session import RedisSession, SyncRedisSession

from .support.conversation_model import Conversation
from .support.histories import Case, History
from .support.linearizability import is_explained, shrink
from .support.planted import (
    let_calls_give_up,
    plant_add_without_receipt,
    plant_undo_without_check,
)
from .support.shortest import find_shortest
from .support.workloads import Step, Workload, as_item, call_blocking, do_workload, draw_workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.proxy import FaultProxy
    from .support.server import Server

SEEDS = int(os.environ.get("LINEARIZABILITY_SEEDS", "200"))
BATCH = 20
MOST_SEEDS = 400
"""How many to try for a planted fault. The rarer one shows in about one seed of ten."""


async def check(server: Server, seeds: range, *, gives_up: bool = False) -> list[Case]:
    """Fail at the first seed whose history has no explanation; return the others."""
    cases, faults = [], 0

    async def run(workload: Workload) -> Case:
        return (await do_workload(server, workload, gives_up=gives_up)).case

    for seed in seeds:
        workload = draw_workload(seed)
        done = await do_workload(server, workload, gives_up=gives_up)
        if not is_explained(done.case):
            shortest = await find_shortest(workload, done.case, run)
            pytest.fail(
                f"seed {seed}: no order of these calls explains what they returned "
                f"(uN: a user's message, aN: the assistant's)\n{shortest}",
                pytrace=False,
            )
        cases.append(done.case)
        faults += done.faults
    assert faults, "the network did nothing wrong"
    return cases


def outcomes(cases: list[Case]) -> set[tuple[str, str]]:
    return {(o.call, o.outcome) for case in cases for o in case.operations}


@pytest.mark.parametrize("first", range(0, SEEDS * 4 // 5, BATCH))
async def test_an_order_explains_everything(server: Server, first: int) -> None:
    cases = await check(server, range(first, first + BATCH))
    assert ("pop_item", "cancelled") in outcomes(cases)


@pytest.mark.parametrize("first", range(SEEDS * 4 // 5, SEEDS, BATCH))
async def test_an_order_explains_everything_when_calls_give_up(
    server: Server, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    let_calls_give_up(monkeypatch)
    cases = await check(server, range(first, first + BATCH), gives_up=True)
    assert "failed" in {outcome for _, outcome in outcomes(cases)}


async def cleared_before_the_undo(server: Server, proxy: FaultProxy) -> Case:
    """Cancel a pop when Redis has carried it out and the conversation was cleared since."""
    history = History()
    items = [as_item("u1"), as_item("a2")]
    with SyncRedisSession.from_url("ada", server.url) as other:
        other.add_items(items)
        async with RedisSession.from_url("ada", proxy.url) as session:
            fault = proxy.arm("delay", b"EVAL\r\n")
            pop = history.begin("task", "pop_item")
            task = asyncio.ensure_future(session.pop_item())
            await asyncio.to_thread(fault.wait)
            for _ in range(10):
                # Before Python 3.12, `asyncio.wait_for`, through which redis-py sends, forgets a
                # cancellation that comes in the moment when the sending is done.
                await asyncio.sleep(0)
            call_blocking(history, "other", other, Step("clear_session"))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            history.end(pop, "cancelled")
            fault.release()
        call_blocking(history, "other", other, Step("get_items"))
    return Case(history.operations, [Conversation(("u1", "a2"))])


def added_through_a_lost_reply(server: Server, proxy: FaultProxy) -> Case:
    history = History()
    with SyncRedisSession.from_url("ada", proxy.url) as session:
        proxy.arm("cut_after", b"EVAL\r\n")
        call_blocking(history, "one", session, Step("add_items", ("u1", "a2")))
        call_blocking(history, "one", session, Step("get_items"))
    assert proxy.stats.fired == 1
    return Case(history.operations)


async def test_what_was_cleared_stays_gone(server: Server, proxy: FaultProxy) -> None:
    case = await cleared_before_the_undo(server, proxy)
    assert is_explained(case), str(case)


async def test_an_undo_without_its_check_is_found(
    server: Server, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_undo_without_check(monkeypatch)
    case = await cleared_before_the_undo(server, proxy)
    assert not is_explained(case), str(case)


def test_an_add_whose_reply_is_lost_happens_once(server: Server, proxy: FaultProxy) -> None:
    case = added_through_a_lost_reply(server, proxy)
    assert is_explained(case), str(case)


def test_an_add_without_its_receipt_is_found(
    server: Server, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_add_without_receipt(monkeypatch)
    case = added_through_a_lost_reply(server, proxy)
    assert not is_explained(case), str(case)


@pytest.mark.parametrize("plant", [plant_undo_without_check, plant_add_without_receipt])
async def test_random_clients_find_a_planted_fault(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
) -> None:
    plant(monkeypatch)
    for seed in range(MOST_SEEDS):
        case = (await do_workload(server, draw_workload(seed))).case
        if not is_explained(case):
            break
    else:
        pytest.fail(f"the fault did not show in {MOST_SEEDS} seeds")
    shortest = shrink(case)
    assert not is_explained(shortest)
    assert len(shortest.operations) <= len(case.operations)
