"""Random work for a few clients of one conversation, and how it is done in spite of faults."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias
from uuid import uuid4

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AwaitedRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

from openai_agents_session import RedisSession, SyncRedisSession

from .conversation_model import Conversation, Items
from .histories import Argument, Call, Case, History, Result
from .proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from .faults import Mode
    from .server import Server

Kind: TypeAlias = Literal["task", "thread", "view"]

KINDS: tuple[Kind, ...] = ("task", "thread", "view")
CALLS: dict[Call, int] = {
    "add_items": 6,
    "pop_item": 6,
    "get_items": 3,
    "clear_session": 1,
    "replace_items": 1,
    "count": 1,
}
SDK_CALLS = dict(list(CALLS.items())[:4])
"""What the SDK's own protocol knows, and with it the view of a blocking session."""

SURELY_OVER = 0.4
"""Seconds. A cancelled call that took no longer has seen all of its commands answered: it waits far
longer, and gives none up that early."""


class Step(NamedTuple):
    """One call; of one that awaits, after how many seconds it is cancelled."""

    call: Call
    argument: Argument = None
    cancelled_after: float | None = None


@dataclass(frozen=True)
class Client:
    """One client, and what it does."""

    name: str
    kind: Kind
    max_items: int | None
    steps: tuple[Step, ...]


class Breakage(NamedTuple):
    """How a fault of the proxy is armed."""

    mode: Mode
    probability: float
    seconds: float | None = None


@dataclass(frozen=True)
class Workload:
    """What the clients do, and what goes wrong."""

    seed: int
    first: Items
    clients: tuple[Client, ...]
    breakages: tuple[Breakage, ...]
    latency: float
    resends: bool
    """Whether the Redis clients send commands again by themselves."""


class Done(NamedTuple):
    """What came of a workload."""

    case: Case
    faults: int


def draw_workload(seed: int) -> Workload:
    """Make up a workload; the same one for the same seed."""
    chance = random.Random(seed)
    words = _words(chance)
    most = chance.choice([None, None, 1, 2, 3, 4])
    clients = []
    for number in range(chance.randint(2, 4)):
        kind = chance.choice(KINDS)
        own_most = chance.choice([most, most, None])
        steps = [_draw_step(chance, words, kind) for _ in range(chance.randint(4, 8))]
        clients.append(Client(f"{kind} {number + 1}", kind, own_most, tuple(steps)))
    breakages = (
        Breakage("cut_after", chance.choice([0, 0.1, 0.25])),
        Breakage("cut_before", chance.choice([0, 0.1, 0.2])),
        Breakage("delay", chance.choice([0, 0.1, 0.3]), chance.uniform(0.005, 0.03)),
    )
    first = tuple(next(words) for _ in range(chance.randint(0, 4)))
    latency = chance.choice([0.001, 0.004])
    return Workload(seed, first, tuple(clients), breakages, latency, chance.random() < 0.3)


def _words(chance: random.Random) -> Iterator[str]:
    """Yield items that differ."""
    for number in range(1, 1000):
        yield f"{chance.choice('ua')}{number}"


def _draw_step(chance: random.Random, words: Iterator[str], kind: Kind) -> Step:
    calls = SDK_CALLS if kind == "view" else CALLS
    call = chance.choices(list(calls), list(calls.values()))[0]
    argument: Argument = None
    if call == "add_items":
        argument = tuple(next(words) for _ in range(chance.randint(1, 2)))
    elif call == "replace_items":
        argument = tuple(next(words) for _ in range(chance.randint(0, 2)))
    elif call == "get_items":
        argument = chance.choice([None, None, 0, 1, 2, 3])
    likely = {"pop_item": 0.5}.get(call, 0.2)
    is_cancelled = kind != "thread" and chance.random() < likely
    moment = chance.uniform(0, chance.choice([0.003, 0.01, 0.04]))
    return Step(call, argument, moment if is_cancelled else None)


async def do_workload(server: Server, workload: Workload, *, gives_up: bool = False) -> Done:
    """Let the clients do their work at the same time; then read what is left.

    `gives_up` says that calls may fail. A cancelled one may then fail too, and nobody learns of it.
    """
    history = History()
    session_id = f"{workload.seed}-{uuid4()}"
    with SyncRedisSession.from_url(session_id, server.url) as audit:
        if workload.first:
            audit.add_items([as_item(word) for word in workload.first])
        with FaultProxy(*server.address, seed=workload.seed) as proxy:
            proxy.latency = (0.0, workload.latency)
            for mode, probability, seconds in workload.breakages:
                if probability:
                    proxy.arm(mode, times=None, probability=probability, seconds=seconds)
            await _work_together(history, workload, proxy, session_id, gives_up)
            faults = proxy.stats.fired
        call_blocking(history, "auditor", audit, Step("get_items"))
    return Done(Case(history.operations, [Conversation(workload.first)]), faults)


async def _work_together(
    history: History, workload: Workload, proxy: FaultProxy, session_id: str, gives_up: bool
) -> None:
    async with AsyncExitStack() as stack:
        awaited = _awaited_client(proxy, workload)
        stack.push_async_callback(awaited.aclose)
        blocking = stack.enter_context(_blocking_client(proxy, workload))
        work: list[Awaitable[None]] = []
        for client in workload.clients:
            if client.kind == "task":
                session = RedisSession(session_id, awaited, max_items=client.max_items)
                work.append(_work_awaiting(history, client, session, gives_up))
                continue
            twin = SyncRedisSession(session_id, blocking, max_items=client.max_items)
            if client.kind == "view":
                work.append(_work_awaiting(history, client, twin.as_async(), gives_up))
            else:
                work.append(asyncio.to_thread(_work_blocking, history, client, twin))
        await asyncio.gather(*work)


def _awaited_client(proxy: FaultProxy, workload: Workload) -> redis.asyncio.Redis:
    options: Any = {"retry": AwaitedRetry(NoBackoff(), 2)} if workload.resends else {}
    make: Any = redis.asyncio.Redis.from_url
    client: redis.asyncio.Redis = make(proxy.url, socket_timeout=5, **options)
    return client


def _blocking_client(proxy: FaultProxy, workload: Workload) -> redis.Redis:
    options: Any = {"retry": Retry(NoBackoff(), 2)} if workload.resends else {}
    make: Any = redis.Redis.from_url
    client: redis.Redis = make(proxy.url, socket_timeout=5, **options)
    return client


async def _work_awaiting(history: History, client: Client, session: Any, gives_up: bool) -> None:
    for step in client.steps:
        operation = history.begin(client.name, step.call, step.argument, client.max_items)
        started = time.monotonic()
        task = asyncio.ensure_future(_call(session, step))
        if step.cancelled_after is not None:
            await asyncio.wait({task}, timeout=step.cancelled_after)
            task.cancel()
        try:
            reply = await task
        except asyncio.CancelledError:
            # A task does not wait for what it sent, except to undo a pop.
            waits = client.kind == "view" or step.call == "pop_item"
            is_quick = time.monotonic() - started < SURELY_OVER
            history.end(operation, "cancelled", is_over=waits and is_quick and not gives_up)
        except (ConnectionError, TimeoutError):
            history.end(operation, "failed", is_over=False)
        else:
            history.end(operation, "returned", _result(step.call, reply))


def _work_blocking(history: History, client: Client, session: SyncRedisSession) -> None:
    for step in client.steps:
        call_blocking(history, client.name, session, step, client.max_items)


def call_blocking(
    history: History, name: str, session: SyncRedisSession, step: Step, most: int | None = None
) -> None:
    """Make a call that blocks, and record it."""
    operation = history.begin(name, step.call, step.argument, most)
    try:
        reply = _call(session, step)
    except (ConnectionError, TimeoutError):
        history.end(operation, "failed", is_over=False)
    else:
        history.end(operation, "returned", _result(step.call, reply))


def as_item(word: str) -> Any:
    """Return the item of the SDK that a word of the model stands for."""
    return {"role": "user" if word.startswith("u") else "assistant", "content": word}


def _call(session: Any, step: Step) -> Any:
    method: Callable[..., Any] = getattr(session, step.call)
    if isinstance(step.argument, tuple):
        return method([as_item(word) for word in step.argument])
    return method() if step.argument is None else method(step.argument)


def _result(call: Call, reply: Any) -> Result:
    if call == "get_items":
        return tuple(item["content"] for item in reply)
    if call == "pop_item":
        return None if reply is None else str(reply["content"])
    return int(reply) if call == "count" else None
