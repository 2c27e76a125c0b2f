"""Four processes change users' conversations, and the pages tell what the keyspace holds."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis
from redis.cluster import RedisCluster

import openai_agents_session
from openai_agents_session import SyncRedisSessionManager

from .support.polling import until
from .support.user_soak import BRIEF_TTL_SECONDS, USERS
from .support.users import info, key, lists

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.cluster import Cluster
    from .support.proxy import FaultProxy
    from .support.server import Server

ROOT = Path(__file__).parents[1]
LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is
APIS = ("awaited", "blocking", "awaited", "blocking")

SHORT = pytest.param(60, id="short")
LONG = pytest.param(2500, id="long", marks=pytest.mark.chaos)


class Worker(threading.Thread):
    """Runs a process that operates so often, and starts it again whenever it was killed."""

    def __init__(self, url: str, api: str, seed: int, operations: int) -> None:
        super().__init__()
        self._url, self._api, self._seed = url, api, seed
        self._left = self._operations = operations
        # Each start takes a second.
        self._most_kills = min(operations // 400 + (seed == 0), 5)
        self.kills = 0
        self.errors: list[str] = []

    def run(self) -> None:
        chance = random.Random(self._seed)
        while self._left > 0 and not self.errors:
            may_be_killed = self.kills < self._most_kills
            killed_after = chance.randint(1, self._operations // 4) if may_be_killed else self._left
            self._run_once(min(killed_after, self._left), chance.randint(0, 10**9))

    def _run_once(self, killed_after: int, seed: int) -> None:
        arguments = [self._url, self._api, str(seed), str(self._left)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.user_soak", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(LIBRARY)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        done = 0
        while process.stdout.read(1):
            done += 1
            if done == killed_after < self._left:
                process.kill()  # in the middle of the next operation
        _, errors = process.communicate(timeout=60)
        self._left -= done
        if process.returncode < 0:
            self.kills += 1
        elif process.returncode or errors:
            self.errors.append(errors.decode())


def soak(url: str, operations: int) -> None:
    workers = [Worker(url, api, seed, operations) for seed, api in enumerate(APIS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [error for worker in workers for error in worker.errors] == []
    assert sum(worker.kills for worker in workers) > 0


def compare(node: Callable[[str], Server], client: Any) -> None:
    """Compare what is listed with what is there, once nothing expires any more."""
    manager = SyncRedisSessionManager(client, ttl=None)
    for name in USERS:
        server, user = node(key("x", name)), manager.user(name)
        until(partial(_is_settled, server, name), 10, "brief ones to expire")
        held = lists(server, name)
        found = {each.session_id: each for each in user.sessions()}
        assert {session_id: each.count for session_id, each in found.items()} == held
        assert user.count() == len(held)
        for session_id, each in found.items():
            title: Any = server.command("HGET", info(session_id, name), "title")
            assert each.title == (None if title is None else json.loads(title))
            assert each.metadata in ({}, {"n": session_id})
            assert each.created_at <= each.updated_at
        listed: Any = server.command("ZRANGE", f"session{{{name}}}~index", 0, -1)
        assert sorted(member.decode() for member in listed) == sorted(held)
        assert server.command("TTL", f"session{{{name}}}~index") in (-2, -1) or held
        user.erase()
        assert lists(server, name) == {}


def _is_settled(server: Server, user: str) -> bool:
    """Whether nothing is about to expire."""
    times: list[Any] = [server.command("TTL", key(name, user)) for name in lists(server, user)]
    return not any(0 <= seconds <= BRIEF_TTL_SECONDS for seconds in times)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("operations", [SHORT, LONG])
def test_the_pages_tell_the_truth(server: Server, proxy: FaultProxy, operations: int) -> None:
    proxy.arm("cut_after", b"EVAL", times=None, probability=0.03)
    proxy.arm("cut_before", b"EVAL", times=None, probability=0.01)
    soak(proxy.url, operations)
    assert proxy.stats.fired > operations / 20
    with Redis(host=server.host, port=server.port) as client:
        compare(lambda _: server, client)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "operations",
    [pytest.param(25, id="short"), pytest.param(600, id="long", marks=pytest.mark.chaos)],
)
def test_the_pages_tell_the_truth_on_a_cluster(cluster: Cluster, operations: int) -> None:
    host, port = cluster.startup[0]
    soak(f"redis+cluster://{host}:{port}", operations)
    with RedisCluster(host=host, port=port) as client:
        compare(cluster.node_for, client)
