"""The page about moving here: its scripts, and conversations to move."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openai_agents_session import SyncRedisSession

if TYPE_CHECKING:
    import redis

    from .server import Server

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
BLOCK = re.compile(r"^    ```python\n(.*?)^    ```", re.MULTILINE | re.DOTALL)
BLOCKS = [textwrap.dedent(code) for code in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]

HELLO: list[Any] = [
    {"role": "user", "content": 'Olá, "Ada" \u2028 \U0001f600 \ud800'},
    {"type": "function_call", "call_id": "1", "name": "f", "arguments": '{"n": 1.0}'},
    {"role": "assistant", "content": [{"type": "output_text", "text": "Hi", "n": 2**70}]},
]
MORE: list[Any] = [{"role": "user", "content": "And then?"}]


async def run(marker: str, api: int, server: Server, *changed: tuple[str, str]) -> dict[str, Any]:
    """Run the block of the page that holds these words, as its reader would."""
    pair = [block for block in BLOCKS if marker in block]
    assert len(pair) == 2
    code = pair[api]
    for old, new in (("redis://localhost:6379", server.url), *changed):
        assert old in code
        code = code.replace(old, new)
    compiled = compile(code, marker, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    names: dict[str, Any] = {"__name__": "__main__"}
    if compiled.co_flags & inspect.CO_COROUTINE:
        await eval(compiled, names)
    else:
        await asyncio.to_thread(eval, compiled, names)
    return names


def ours(connection: redis.Redis, session_id: str) -> Any:
    return SyncRedisSession(session_id, connection).get_items()
