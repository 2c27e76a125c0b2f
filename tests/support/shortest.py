"""The shortest history without an explanation that can be found in a while."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from .linearizability import is_explained, shrink

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from .histories import Case
    from .workloads import Workload

_TRIES = 5


async def find_shortest(
    workload: Workload,
    case: Case,
    run: Callable[[Workload], Awaitable[Case]],
    seconds: float = 20.0,
) -> Case:
    """Repeat the workload of a case without one client, or one step, as long as it goes wrong."""
    shortest = shrink(case)
    deadline = time.monotonic() + seconds
    smaller = _smaller(workload)
    while (candidate := next(smaller, None)) and time.monotonic() < deadline:
        for _ in range(_TRIES):
            found = await run(candidate)
            if is_explained(found):
                continue
            shortest = min(shortest, shrink(found), key=lambda case: len(case.operations))
            smaller = _smaller(candidate)
            break
    return shortest


def _smaller(workload: Workload) -> Iterator[Workload]:
    """Yield the workload without each of its clients, then without each of its steps."""
    clients = workload.clients
    for number in range(len(clients)):
        others = (*clients[:number], *clients[number + 1 :])
        yield replace(workload, clients=others)
    for number, client in enumerate(clients):
        for step in range(len(client.steps)):
            fewer = (*client.steps[:step], *client.steps[step + 1 :])
            changed = replace(client, steps=fewer)
            yield replace(workload, clients=(*clients[:number], changed, *clients[number + 1 :]))
