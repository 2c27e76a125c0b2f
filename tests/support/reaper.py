"""Ends the servers of a test run that was itself killed, and had no chance to.

A process of its own reads from a pipe what it has to look after. The pipe ends when the run does,
however that happens; what was not taken back by then is killed and removed.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def watch(directory: Path, pid: int = 0) -> None:
    """Look after this directory, and the process that works in it if there is one."""
    _tell(f"{pid} {directory}\n")


def forget(directory: Path) -> None:
    """It has been taken care of."""
    _tell(f"- {directory}\n")


def _tell(line: str) -> None:
    global _process
    with _lock:
        if _process is None:
            _process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__],
                stdin=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # what ends the run must not end this
            )
        if _process.stdin:
            _process.stdin.write(line.encode())


@atexit.register
def _end() -> None:
    if _process and _process.stdin:
        _process.stdin.close()
        _process.wait()


def main() -> None:
    """The other process."""
    watched: dict[str, str] = {}
    for line in sys.stdin:
        word, directory = line.rstrip("\n").split(" ", 1)
        if word == "-":
            watched.pop(directory, None)
        else:
            watched[directory] = word
    for directory, pid in watched.items():
        with suppress(OSError):
            if int(pid) and os.getsid(int(pid)) == int(pid):  # as every server has its own session
                os.kill(int(pid), signal.SIGKILL)
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
