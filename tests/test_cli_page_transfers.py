"""The page about the command line: its calls that move conversations work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents import SQLiteSession

from .support.command_line import environment
from .support.transfers import store_many, stored

if TYPE_CHECKING:
    from .support.server import Server

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^ *```bash\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def calls_of(page: str, first: str) -> list[str]:
    """Return the calls of a page, from a heading on."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(first)[2]
    return [line.strip() for block in BLOCK.findall(text) for line in block.splitlines()]


def run_line(line: str, folder: Path, variables: dict[str, str]) -> Any:
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=variables,
        capture_output=True,
        check=False,
        timeout=60,
    )


async def test_what_the_pages_tell_to_call(server: Server, tmp_path: Path) -> None:
    old = SQLiteSession("from sqlite", tmp_path / "conversations.db")
    await old.add_items([{"role": "user", "content": "Hello"}])
    old.close()
    store_many(server, {"user-123": [b"{}"], "user-124": [b"{}"]})
    program = tmp_path / "openai-agents-session"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m openai_agents_session "$@"\n')
    program.chmod(0o755)
    variables = environment(server, {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    source = str(ROOT / "src")

    calls = [
        *calls_of("cli.md", "## Export and import"),
        *calls_of("migration.md", "## From the SDK's `RedisSession`"),
    ]
    assert len(calls) >= 13
    for call in calls:
        here = call.replace("redis://localhost:6379", server.url)
        done = run_line(here, tmp_path, {**variables, "PYTHONPATH": source})
        assert done.returncode == 0, (call, done.stderr)
    ids = [b"user-123", b"user-124", b"from sqlite"]
    assert {b"openai_agents_session:" + name for name in ids} <= stored(server).keys()
    assert {b"copies:" + name for name in ids[:2]} <= stored(server, "copies:*").keys()
    assert b"<!DOCTYPE html>" in (tmp_path / "user-123.html").read_bytes()
