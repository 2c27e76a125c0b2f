"""The command `import` at large: interrupted and made again, and with little memory."""

from __future__ import annotations

import random
import signal
from functools import partial
from typing import TYPE_CHECKING

import pytest
import redis

from .support.polling import until
from .support.transfers import by_key, export_of, peak_megabytes, run, start, store_many, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .support.server import Server


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(host=server.host, port=server.port) as client:
        yield client


def has_keys(client: redis.Redis, number: int) -> bool:
    return client.dbsize() > number


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_import_can_be_made_again(
    kind: signal.Signals, server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    many = {str(number): [b'{"n":%d}' % number, b"{}"] for number in range(1500)}
    many["long"] = [b'{"n":%d}' % number for number in range(40_000)]
    path = export_of(server, tmp_path / "all.jsonl", many)
    chance = random.Random(f"interrupted by {kind}")
    for share in (chance.random(), chance.random()):
        keys_then = client.dbsize() + int(500 * share)
        with start(server, "import", path) as process:
            until(partial(has_keys, client, keys_then), 60, "the import to come so far")
            process.send_signal(kind)
            assert process.wait(60) in {130, -kind, 0}
            assert process.stdout is not None
            assert process.stderr is not None
        found = stored(server)
        assert all(
            elements == by_key(many)[key][: len(elements)] for key, elements in found.items()
        )
    assert run(server, "import", path).returncode == 0
    assert stored(server) == by_key(many)


def test_memory_does_not_grow_with_what_is_imported(server: Server, tmp_path: Path) -> None:
    element = b'{"role":"user","content":"%s"}' % (b"x" * 1000)
    small = export_of(server, tmp_path / "small.jsonl", {"short": [element]})
    large = export_of(server, tmp_path / "large.jsonl", {"long": [element] * 40_000})
    needed = peak_megabytes(server, "import", small)
    assert peak_megabytes(server, "import", large) < needed + 12
    assert stored(server)[b"openai_agents_session:long"] == [element] * 40_000


@pytest.mark.slow
def test_many_conversations_and_items(server: Server, tmp_path: Path) -> None:
    many = {f"s{number}": [b'{"n":%d}' % number] * 4 for number in range(20_000)}
    many["long"] = [b'{"role":"user","content":"%d"}' % number for number in range(100_000)]
    store_many(server, many)
    path = tmp_path / "all.jsonl"
    assert peak_megabytes(server, "export", "--all", "-o", path) < 100
    server.command("FLUSHALL")
    assert peak_megabytes(server, "import", path) < 100
    assert stored(server) == by_key(many)
