"""The private seams of the Agents SDK that sessions rely on. A failure names the one that went."""

from __future__ import annotations

import importlib
import inspect
import re
from importlib.metadata import version
from typing import Any

import pytest
import redis

from openai_agents_session import SyncRedisSession

RELEASE = tuple(map(int, re.findall(r"\d+", version("openai-agents"))[:2]))

AWAITS_ONLY_AWAITABLES = "_call_session_method awaits only what is awaitable"
REPLACES_AT_ONCE = "compaction calls _atomic_replace_items of the session's class"
TAKES_SNAPSHOTS = "compaction calls _get_compaction_snapshot of the session"
GROUPS_BY_SESSION = "a run without a group is grouped by its session's id"


def sdk(name: str) -> Any:
    """Import a private module of the SDK."""
    return importlib.import_module(f"agents.{name}")


def gone(seam: str) -> str:
    return f"openai-agents {version('openai-agents')} has lost a seam: {seam}"


def since(*release: int) -> pytest.MarkDecorator:
    older = ".".join(map(str, release))
    return pytest.mark.skipif(release > RELEASE, reason=f"openai-agents before {older}")


@since(0, 20)
async def test_blocking_methods_may_be_called_by_a_run() -> None:
    call: Any = getattr(sdk("memory.session"), "_call_session_method", None)
    assert call is not None, gone(AWAITS_ONLY_AWAITABLES)
    assert await call(lambda limit: [limit], 3) == [3], gone(AWAITS_ONLY_AWAITABLES)


@since(0, 24)
def test_compaction_replaces_at_once() -> None:
    source = inspect.getsource(sdk("memory.openai_responses_compaction_session"))
    asked = 'getattr(type(self.underlying_session), "_atomic_replace_items"'
    assert asked in source, gone(REPLACES_AT_ONCE)


@since(0, 24)
def test_compaction_takes_snapshots() -> None:
    source = inspect.getsource(sdk("memory.openai_responses_compaction_session"))
    asked = 'getattr(self.underlying_session, "_get_compaction_snapshot"'
    assert asked in source, gone(TAKES_SNAPSHOTS)


@since(0, 20)
def test_a_run_is_grouped_by_its_session() -> None:
    group: Any = getattr(sdk("run_internal.run_grouping"), "resolve_run_grouping_id", None)
    assert group is not None, gone(GROUPS_BY_SESSION)
    session = SyncRedisSession("ada", redis.Redis()).as_async()
    found = group(conversation_id=None, session=session, group_id=None)
    assert found == "ada", gone(GROUPS_BY_SESSION)
