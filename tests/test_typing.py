"""A user's module passes the strictest checks, and mistakes in it do not.

The checkers are in the dependency group `types`: `nox -s types` runs these tests, others skip them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import openai_agents_session

LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is

MODULE = """
import redis
import redis.asyncio
from agents import Agent, Runner
from agents.memory import OpenAIResponsesCompactionSession, Session

from openai_agents_session import RedisSession, SyncRedisSession

agent = Agent(name="Companion")


async def awaited(client: redis.asyncio.Redis) -> str:
    session = RedisSession("user-123", client, ttl=3600, max_items=100)
    async with session.lock(blocking_timeout=0):
        await Runner.run(agent, "Hello", session=session)
    result = Runner.run_streamed(agent, "Hello", session=session)
    compacting = OpenAIResponsesCompactionSession("user-123", session)
    await Runner.run(agent, "Hello", session=compacting)
    for item in await session.get_items(limit=10):
        await session.add_items([item])
    return str(result.final_output)


def blocking(client: redis.Redis) -> str:
    with SyncRedisSession.from_url("user-123", "redis://localhost", ttl=3600) as session:
        session.add_items([{"role": "user", "content": "Hello"}])
    session = SyncRedisSession("user-123", client, session_settings={"limit": 10})
    with session.lock(blocking_timeout=0):
        result = Runner.run_sync(agent, "Hello", session=session.as_async())
    protocol: Session = session.as_async()
    OpenAIResponsesCompactionSession("user-123", protocol)
    seconds: int | None = session.expires_in()
    return f"{result.final_output} {seconds} {session.count() + 1} {session.ping() is True}"
"""

WRONG = """
from agents import Agent, Runner
from openai_agents_session import SyncRedisSession

session = SyncRedisSession.from_url("user-123")
Runner.run_sync(Agent(name="x"), "Hello", session=session)
session.get_items(limit="10")
"""


def check(tool: list[str], path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *tool, str(path)],
        cwd=path.parent,  # away from the settings of this project
        env={**os.environ, "PYTHONPATH": str(LIBRARY), "MYPYPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


TOOLS = {
    "mypy": ["mypy", "--strict", "--no-error-summary"],
    "pyright": ["pyright", "--pythonpath", sys.executable],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_module_of_a_user(tmp_path: Path, tool: str) -> None:
    pytest.importorskip(tool)
    (tmp_path / "right.py").write_text(MODULE)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    right = check(TOOLS[tool], tmp_path / "right.py")
    assert right.returncode == 0, right.stdout + right.stderr
    (tmp_path / "wrong.py").write_text(WRONG)
    wrong = check(TOOLS[tool], tmp_path / "wrong.py")
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    assert '"SyncRedisSession"' in wrong.stdout
    assert "limit" in wrong.stdout
