"""Calling the command line: in this process, in one of its own, and on a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from .internals import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typing_extensions import Self

    from .server import Server

PROGRAM = [sys.executable, "-m", "openai_agents_session"]
SECONDS = 60.0


class Done:
    """How a call has ended, and what it has printed."""

    def __init__(self, status: int, stdout: str, stderr: str) -> None:
        self.status = status
        self.stdout = stdout
        self.stderr = stderr

    def __repr__(self) -> str:
        return f"status {self.status}\n{self.stdout}\n{self.stderr}"

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    @property
    def objects(self) -> list[Any]:
        """What was printed as JSON, one object in each line."""
        assert self.stdout.isascii()
        return [json.loads(line) for line in self.lines]


def call(server: Server | None, *arguments: str, env: Mapping[str, str] | None = None) -> Done:
    """Call it in this process, in a pipe; `env` is all that it finds of the variables."""
    variables: dict[str, str | None] = {name: None for name in os.environ if "REDIS" in name}
    if server is not None:
        variables["REDIS_URL"] = server.url
    result = CliRunner().invoke(command_line(), arguments, env={**variables, **(env or {})})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def succeed(server: Server, *arguments: str) -> Done:
    """Call it in this process; it must do what it was asked to, and have nothing to object."""
    done = call(server, *arguments)
    assert done.status == 0, done
    assert not done.stderr, done
    return done


def environment(server: Server | None, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables for a process of its own."""
    kept = {name: value for name, value in os.environ.items() if "REDIS" not in name}
    url = {} if server is None else {"REDIS_URL": server.url}
    return {**kept, **url, "COLUMNS": "", "TERM": "xterm-256color", **(env or {})}


def run(
    server: Server | None,
    *arguments: str,
    program: list[str] = PROGRAM,
    env: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    **options: Any,
) -> Done:
    """Call it in a process of its own, in a pipe."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **options}
    done = subprocess.run(
        [*program, *arguments],
        stderr=subprocess.PIPE,
        env=environment(server, env),
        timeout=SECONDS,
        check=False,
        **options,
    )
    return Done(
        done.returncode, (done.stdout or b"").decode(encoding), done.stderr.decode(encoding)
    )


class Terminal:
    """A call on a terminal of its own."""

    def __init__(self, server: Server, *arguments: str, columns: int = 80, **env: str) -> None:
        self._ours, theirs = pty.openpty()
        size = struct.pack("HHHH", 40, columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        self._process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment(server, env),
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def wait_for(self, text: str) -> None:
        """Wait until the terminal shows a text."""
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            assert self._read(deadline), self.shown

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """Wait for its end, and return its status."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        return self._process.wait(SECONDS)

    def _read(self, deadline: float) -> bool:
        """Read what comes, and return whether more can."""
        ready, _, _ = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))
        assert ready, f"nothing came: {self.shown}"
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says so if the other side is closed
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


def on_terminal(server: Server, *arguments: str, columns: int = 80, **env: str) -> str:
    """Call it on a terminal, and return what it shows."""
    with Terminal(server, *arguments, columns=columns, **env) as terminal:
        assert terminal.end() == 0, terminal.shown
        return terminal.shown


@contextmanager
def started(server: Server, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start it in a process of its own, in a pipe, and end it with the block."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(server),
        cwd=Path.cwd(),
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
