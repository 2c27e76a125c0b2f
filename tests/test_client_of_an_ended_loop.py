"""A client that an application used in an event loop that has ended, before there was a session."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .support.ended_loop import USES

if TYPE_CHECKING:
    from .support.cluster import Cluster
    from .support.server import Server

ROOT = Path(__file__).parents[1]


def check(address: tuple[str, int], *kinds: str) -> None:
    """Check that every use of a session says what happened, and names both cures."""
    program = [sys.executable, "-W", "ignore", "-m", "tests.support.ended_loop"]
    output = subprocess.run(
        [*program, *map(str, address), *kinds],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what is left of the first loop complains there
        text=True,
        timeout=50,
        check=True,
    ).stdout
    said = dict(line.split(": ", 1) for line in output.splitlines())
    assert said.keys() == {f"{kind}, {name}" for kind in kinds for name in USES}
    for text in said.values():
        assert "was first used in another event loop" in text
        assert "one client per event loop" in text
        assert "SyncRedisSession" in text


def test_clients_of_one_server(server: Server) -> None:
    check(server.address, "pool", "blocking pool", "single connection", "decoded", "resp3")
    assert server.command("EXISTS", "openai_agents_session:ada") == 0


def test_a_client_of_a_cluster(cluster: Cluster) -> None:
    check(cluster.startup[0], "cluster")
