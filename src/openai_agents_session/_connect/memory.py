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
    """Return the server of a name, the same one for both APIs until the process ends.

    Raises:
        ImportError: The embedded engine is not installed.
    """
    # Every change to a conversation is a script, which the engine runs with lupa.
    if not (find_spec("fakeredis") and find_spec("lupa")):
        raise ImportError(
            'memory:// needs an extra: pip install "openai-agents-session[memory]"; '
            "or point REDIS_URL at a Redis server"
        )
    from fakeredis import FakeServer

    with _lock:
        return _servers.setdefault(name, FakeServer())
