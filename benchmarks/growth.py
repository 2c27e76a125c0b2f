"""The cost of a call with many sessions, and in long sessions, in both APIs."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio

from benchmarks.conversation import conversation, encoded
from benchmarks.operations import Work
from benchmarks.rounds import Column, Rounds, play
from benchmarks.stores import TTL, finished
from openai_agents_session import RedisSession, SyncRedisSession
from tests.support.resp import Connection
from tests.support.server import Server

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Sequence

    from benchmarks.stores import Api
    from tests.support.resp import Argument

APIS: tuple[Api, ...] = ("async", "blocking")
CALLS = ("add", "pop", "limit")
TITLES = {"add": "add 1 item", "pop": "pop", "limit": "get the last 20"}
_PER_ROUND = 10
_BATCH = 500
_LONG_SESSION = "long"
_SHORT = encoded([{"role": "user", "content": "Hello"}] * 20)
_PREFIX = "openai_agents_session:"


@dataclass(frozen=True)
class Place:
    """A server with data, and a function that creates a session there."""

    size: int
    server: Server
    clients: dict[Api, Any]

    def session(self, api: Api, name: str) -> Any:
        make = RedisSession if api == "async" else SyncRedisSession
        return make(name, self.clients[api], ttl=TTL)


async def measure_growth(
    sessions: Sequence[int], histories: Sequence[int], rounds: int, chance: random.Random
) -> dict[str, Rounds]:
    """Measure calls on servers with few and many sessions, then in short and long sessions."""
    with ExitStack() as stack:
        places = [_place(stack.enter_context(Server()), size) for size in [*sessions, 0]]
        *crowds, alone = places
        for place in crowds:
            _fill(place)
        lengths = [Place(length, alone.server, alone.clients) for length in histories]
        try:
            return {
                "sessions": await _measure(crowds, partial(_anywhere, chance), rounds, chance),
                "history": await _measure(lengths, _in_one, rounds, chance),
            }
        finally:
            for place in places:
                await place.clients["async"].aclose()
                place.clients["blocking"].close()


def _place(server: Server, size: int) -> Place:
    host, port = server.address
    clients: dict[Api, Any] = {
        "async": redis.asyncio.Redis(host=host, port=port),
        "blocking": redis.Redis(host=host, port=port),
    }
    return Place(size, server, clients)


def _fill(place: Place) -> None:
    """Create the number of short sessions given by `place.size`."""
    with place.server.connect() as connection:
        for start in range(0, place.size, _BATCH):
            keys = [f"{_PREFIX}{n}" for n in range(start, min(start + _BATCH, place.size))]
            pushes: list[tuple[Argument, ...]] = [("RPUSH", key, *_SHORT) for key in keys]
            connection.pipeline(*pushes, *(("EXPIRE", key, TTL) for key in keys))


async def _measure(
    places: Sequence[Place],
    work: Callable[[Place, Api, str], Work],
    rounds: int,
    chance: random.Random,
) -> Rounds:
    columns = [
        Column((str(place.size), f"{call}/{api}"), api, work(place, api, call))
        for place in places
        for api in APIS
        for call in CALLS
    ]
    for column in columns:  # connects, and loads the scripts into every server
        await column.work.reset()
        await finished(column.work.calls[0]())
    measured = Rounds({column.key: 1.0 for column in columns})
    pings: dict[Api, Any] = {api: places[0].clients[api].ping for api in APIS}
    await play(measured, columns, pings, rounds, chance)
    return measured


def _anywhere(chance: random.Random, place: Place, api: Api, call: str) -> Work:
    """Make every call in another session, chosen at random."""
    calls: list[Callable[[], Any]] = []

    async def draw() -> None:
        names = [str(chance.randrange(place.size)) for _ in range(_PER_ROUND)]
        calls[:] = [_call(place.session(api, name), call) for name in names]

    return Work(calls, draw)


def _in_one(place: Place, api: Api, call: str) -> Work:
    """Make all calls in a session whose length is restored before every round."""
    name = f"{_LONG_SESSION}-{place.size}"
    session = place.session(api, name)
    return Work([_call(session, call)] * _PER_ROUND, _restoring(place, _PREFIX + name))


def _restoring(place: Place, key: str) -> Callable[[], Awaitable[None]]:
    elements = encoded(conversation(_BATCH))

    async def restore() -> None:
        with Connection(place.server.address) as connection:
            length = int(str(connection.call("LLEN", key)))
            if length > place.size:
                connection.call("LTRIM", key, 0, place.size - 1)
            while length < place.size:
                missing = elements[: place.size - length]
                length = int(str(connection.call("RPUSH", key, *missing)))

    return restore


def _call(session: Any, call: str) -> Callable[[], Any]:
    calls: dict[str, Callable[[], Any]] = {
        "add": partial(session.add_items, conversation(1)),
        "pop": session.pop_item,
        "limit": partial(session.get_items, 20),
    }
    return calls[call]
