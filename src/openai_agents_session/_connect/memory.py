"""Servers inside this process, for tests and for applications that have no Redis."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakeredis import FakeServer

_servers: dict[str, FakeServer] = {}
_lock = threading.Lock()


def memory_server(name: str) -> FakeServer:
    """Return the server of a name, the same one for both APIs as long as the process lives.

    Raises:
        ImportError: The embedded engine is not installed.
    """
    # The engine runs scripts, and every change to a conversation is one, by way of lupa.
    if not (find_spec("fakeredis") and find_spec("lupa")):
        raise ImportError(
            "to keep conversations in memory, install the extra: "
            'pip install "openai-agents-session[memory]"; or name a Redis server, '
            "for instance in the variable REDIS_URL"
        )
    from fakeredis import FakeServer

    with _lock:
        return _servers.setdefault(name, FakeServer())
