"""Running the commands that move conversations, with what they read, write, show and need."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from contextlib import ExitStack
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any, Protocol
from unittest.mock import patch

import pytest
import redis

from .internals import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .server import Server

    Result = subprocess.CompletedProcess[bytes]

_SECONDS = 60.0

# On Linux, `ru_maxrss` also counts what the process that started this one had in memory.
_MEASURED = """
import re, resource, sys
from pathlib import Path
from openai_agents_session.__main__ import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    status = Path("/proc/self/status")
    if status.exists():
        peak = re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1]
    print(peak, file=sys.stderr)
"""


class Address(Protocol):
    """A server, or a proxy before one."""

    @property
    def url(self) -> str: ...


def run(server: Address, *arguments: object, stdin: bytes = b"") -> Result:
    """Run a command in this process, and return its status and what it wrote."""
    call = ["--url", server.url, *map(str, arguments)]
    streams = [TextIOWrapper(BytesIO(text), encoding="utf-8") for text in (stdin, b"", b"")]
    with ExitStack() as restored:
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            restored.enter_context(patch.object(sys, name, stream))
        ended = restored.enter_context(pytest.raises(SystemExit))
        command_line()(call)
    written = []
    for stream in streams[1:]:
        stream.flush()
        written.append(stream.buffer.read() if stream.buffer.seek(0) == 0 else b"")
    return subprocess.CompletedProcess(call, int(ended.value.code or 0), *written)


def start(
    server: Address, *arguments: object, code: str = "", **options: int
) -> subprocess.Popen[bytes]:
    """Start a command in a process."""
    program = ("-c", code) if code else ("-m", "openai_agents_session")
    call = [sys.executable, *program, "--url", server.url, *map(str, arguments)]
    pipe = subprocess.PIPE
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe}
    return subprocess.Popen(call, **{**streams, **options})


def peak_megabytes(server: Address, *arguments: object) -> float:
    """Run a command in a process, and return how much memory it needed."""
    with start(server, *arguments, code=_MEASURED) as process:
        _, errors = process.communicate(timeout=_SECONDS * 5)
    assert process.returncode == 0, errors
    return int(errors.split()[-1]) / 1024


def on_terminal(server: Address, *arguments: object) -> tuple[int, bytes]:
    """Run a command on a terminal; return its status and what was to be seen."""
    ours, theirs = pty.openpty()
    with start(server, *arguments, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b"".join(_read(ours))
        os.close(ours)
        return process.wait(_SECONDS), seen


def stored(server: Server, pattern: str = "openai_agents_session*:*") -> dict[bytes, list[bytes]]:
    """Return the elements of all conversations, as they are."""
    with redis.Redis(host=server.host, port=server.port) as client:
        keys = client.scan_iter(match=pattern, count=1000, _type="list")
        return {key: client.lrange(key, 0, -1) for key in keys}


def store_many(server: Server, conversations: dict[str, list[bytes]]) -> None:
    """Store elements as they are, in conversations with the default prefix."""
    with (
        redis.Redis(host=server.host, port=server.port) as client,
        client.pipeline(transaction=False) as pipeline,
    ):
        for number, (session_id, elements) in enumerate(conversations.items()):
            for start in range(0, len(elements), 10_000):
                part = elements[start : start + 10_000]
                pipeline.rpush(f"openai_agents_session:{session_id}", *part)
            if number % 1000 == 0:
                pipeline.execute()
        pipeline.execute()


def export_of(server: Server, path: Path, conversations: dict[str, list[bytes]]) -> Path:
    """Return the file of an export of these conversations, which are not stored any more."""
    store_many(server, conversations)
    assert run(server, "export", "--all", "-o", path).returncode == 0
    server.command("FLUSHALL")
    return path


def by_key(conversations: dict[str, list[bytes]]) -> dict[bytes, list[bytes]]:
    """Return conversations under the keys of the default prefix."""
    return {
        f"openai_agents_session:{name}".encode(): elements
        for name, elements in conversations.items()
    }


def _read(terminal: int) -> Iterator[bytes]:
    deadline = time.monotonic() + _SECONDS
    while select.select([terminal], [], [], max(deadline - time.monotonic(), 0))[0]:
        try:
            read = os.read(terminal, 2**16)
        except OSError:  # on Linux, the end
            return
        if not read:
            return
        yield read
