"""Every Python block of the README and the documentation runs, page by page, on a real server."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from agents import Agent, Runner
from fakeredis import FakeAsyncRedis
from langchain_core.language_models import FakeListChatModel
from scripted_model import ScriptedModel

from openai_agents_session import (
    RedisSession,
    RedisSessionManager,
    SyncRedisSession,
    SyncRedisSessionManager,
)

if TYPE_CHECKING:
    from .support.cluster import Cluster
    from .support.server import Server

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(
    r"^(?P<indent> *)```python\n(?P<code>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)


def blocks(page: Path) -> list[str]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(match["code"]) for match in found]


def is_of_an_example(block: str) -> bool:
    """Return whether a block is cut out of an example, each of which has a test of its own."""
    examples = (path.read_text(encoding="utf-8") for path in ROOT.glob("examples/**/*.py"))
    return any(textwrap.indent(block, " " * n) in text for text in examples for n in (0, 4, 8))


def taken_for_granted(block: str) -> dict[str, Any]:
    """What pages speak of without making it, for callers that await or block as the block does."""
    awaits = "await " in block or "async " in block
    kind = RedisSessionManager if awaits else SyncRedisSessionManager
    return {
        "manager": kind(url="memory://documentation"),
        "agent": Agent(name="Assistant", model=ScriptedModel()),
        "Runner": Runner,
        "model": FakeListChatModel(responses=["Hello!"]),
        "question": "Hello?",
        "session_id": "user-123",
        "client": FakeAsyncRedis(),
        "RedisSession": RedisSession,
    }


async def run(code: str, names: dict[str, Any]) -> None:
    compiled = compile(code, "<block>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if compiled.co_flags & inspect.CO_COROUTINE:
        await eval(compiled, names)
    else:
        await asyncio.to_thread(run_in_a_thread_with_a_loop, compiled, names)


def run_in_a_thread_with_a_loop(code: Any, names: dict[str, Any]) -> None:
    """Run blocking code as a script would; `Runner.run_sync` would leave a loop open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        eval(code, names)
    finally:
        loop.close()


async def close(client: Any) -> None:
    """Close a client or manager of either kind, if there is one."""
    closing = client.aclose() if hasattr(client, "aclose") else client and client.close()
    if inspect.isawaitable(closing):
        await closing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
async def test_the_blocks_of_a_page(page: Path, server: Server, cluster: Cluster) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        if is_of_an_example(block):
            continue
        names = {**taken_for_granted(block), **names}
        here = block.replace("redis://localhost:6379", server.url)
        await run(here.replace("redis://localhost:7000", cluster.url), names)
        await close(names.pop("manager"))
    for name in ("client", "blocking_client"):  # a page may leave what its reader goes on with
        await close(names.get(name))
    if "cluster" in names:
        names["cluster"].disconnect_connection_pools()  # in redis-py 8.1 close() leaves one open


async def test_the_functions_of_the_readme_hold_a_conversation(server: Server) -> None:
    awaited, blocking, turn, _ = blocks(ROOT / "README.md")
    agent = Agent(name="Assistant", model=ScriptedModel())
    first: dict[str, Any] = {}
    await run(awaited.replace("redis://localhost:6379", server.url), first)
    first["agent"] = agent
    assert "Ada" in await first["chat"]("ada", "My name is Ada and I live in London.")
    second: dict[str, Any] = {}
    await run(blocking.replace("redis://localhost:6379", server.url), second)
    second["agent"] = agent

    await run("answer = chat('ada', 'What did we talk about?')", second)
    assert "This is turn 2. Your name: Ada." in second["answer"]
    second["client"].close()

    third: dict[str, Any] = {}
    await run(turn, third)
    third["agent"] = agent
    async with RedisSession.from_url("ada", server.url) as session:
        for _ in range(2):
            said = await third["answer"](session, "message-3", "What did we talk about?")
            assert said.startswith("This is turn 3. Your name: Ada.")
        assert len(await session.get_items()) == 6


@pytest.mark.parametrize("function", ["answer", "answer_or_busy"])
async def test_the_functions_of_the_page_about_turns(server: Server, function: str) -> None:
    agent = Agent(name="Assistant", model=ScriptedModel())
    message = "What did we talk about?"
    sessions = [
        RedisSession.from_url("ada", server.url),
        SyncRedisSession.from_url("ada", server.url),
    ]
    for number, session in enumerate(sessions):
        names: dict[str, Any] = {}
        for block in blocks(ROOT / "docs" / "turns.md")[number::2]:
            await run(block, names)
        names.update(agent=agent, session=session, message=message)
        for turn in (1, 2, 2):
            key = f"{type(session).__name__} {turn}"
            call = f"said = {'await ' * (1 - number)}{function}(session, {key!r}, message)"
            await run(call, names)
            assert names["said"].startswith(f"This is turn {2 * number + turn}.")
        wait, copy = "await " * (1 - number), f"copy {number}"
        await run(f"said = {wait}edit(session, 'edited {number}', message)", names)
        assert names["said"].startswith(f"This is turn {2 * number + 2}.")
        await run(f"copy = {wait}try_again_elsewhere(session, {copy!r})", names)
        assert names["copy"].session_id == copy
        await close(session)


def test_ci_runs_the_line_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    [line] = [line for line in script.splitlines() if line.startswith("python3 -m venv")]
    assert line in readme.splitlines()
