"""What every test may ask for: a server of the tests' own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """One server for the whole run."""
    with Server() as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The server of the run, emptied, as nobody has configured it."""
    shared_server.command("FLUSHALL")
    shared_server.command("SCRIPT", "FLUSH")
    return shared_server


@pytest.fixture
def unix_server() -> Iterator[Server]:
    """A server that listens on a Unix socket, too."""
    with Server(unix_socket=True) as server:
        yield server
