"""What the command line says of an address at which something else answers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from .support.command_line import call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server


class Silent(BaseHTTPRequestHandler):
    """What a web server does with a request that it cannot read; it keeps no log on stderr."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def web_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield web.server_port
        web.shutdown()
        thread.join()


@pytest.mark.parametrize("command", [["list"], ["show", "ada"], ["doctor"]], ids=" ".join)
@pytest.mark.parametrize(
    ("url", "happened", "cure"),
    [
        ("redis://127.0.0.1:PORT?db=99", "no database of this number", "the end of the URL"),
        ("redis+sentinel://127.0.0.1:PORT/main", "is not a Sentinel", "26379"),
        ("redis+cluster://127.0.0.1:PORT", "not part of a cluster", "redis://"),
        ("redis://127.0.0.1:WEB", "is not Redis", "a web server"),
        ("redis+sentinel://127.0.0.1:WEB/main", "is not Redis", "a web server"),
    ],
)
def test_an_address_of_something_else(
    server: Server, web_port: int, command: list[str], url: str, happened: str, cure: str
) -> None:
    url = url.replace("PORT", str(server.port)).replace("WEB", str(web_port))
    done = call(None, "--url", url, *command)
    [said] = done.stderr.splitlines() if command != ["doctor"] else done.lines[1:]
    assert done.status == 1
    assert happened in said
    assert cure in said
