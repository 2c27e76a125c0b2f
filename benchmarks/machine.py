"""The conditions of a run: the machine, the one processor that is used, the versions."""

from __future__ import annotations

import os
import platform
import re
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from redis.utils import HIREDIS_AVAILABLE

from benchmarks.release import VERSION
from tests.support.binary import find_binary

ROOT = Path(__file__).parents[1]


def pin() -> bool:
    """Pin this process, and every process and thread that it starts, to one processor.

    Client and server never work at the same time in these calls. On two processors, each would
    sleep while the other works, and waking it takes longer than some of the calls.
    """
    if sys.platform != "linux":
        return False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return True


def require_hiredis() -> None:
    """Exit if redis-py parses replies in Python, which would make comparisons meaningless."""
    if not HIREDIS_AVAILABLE:
        sys.exit("redis-py does not use hiredis here: pip install 'redis[hiredis]'")


def machine(*, pinned: bool) -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "pinned": pinned,
        "date": date.today().isoformat(),
    }


def versions() -> dict[str, str]:
    binary = find_binary()
    packages = {"redis-py": "redis", "hiredis": "hiredis", "SDK": "openai-agents", "jiter": "jiter"}
    return {
        "ours": _our_version(),
        "old": VERSION,
        "Python": platform.python_version(),
        "server": f"{binary.name.title()} {'.'.join(map(str, binary.version))}",
        **{name: version(package) for name, package in packages.items()},
    }


def _processor() -> str:
    """The name of the model, if the system reports it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def _our_version() -> str:
    """The version of this source tree, installed or not."""
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"$', settings, re.MULTILINE)
    return found[1] if found else "unknown"
