"""The private seams of the Agents SDK that sessions rely on. A failure names the one that went."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pytest
import redis

from openai_agents_session import RedisSession, SyncRedisSession
from openai_agents_session._sdk.threaded import ThreadedSession

RELEASE = tuple(map(int, re.findall(r"\d+", version("openai-agents"))[:2]))
COMPACTION = "memory.openai_responses_compaction_session"

AWAITS_ONLY_AWAITABLES = "_call_session_method awaits only what is awaitable"
REPLACES_AT_ONCE = "compaction calls _atomic_replace_items of the session's class"
TAKES_SNAPSHOTS = "compaction calls _get_compaction_snapshot of the session"
HAS_THE_SIGNATURE = "_get_compaction_snapshot has these parameters"
HAS_THESE_FIELDS = "_CompactionSnapshot has these fields"
GROUPS_BY_SESSION = "a run without a group is grouped by its session's id"


def sdk(module: str, name: str) -> Any:
    """Return a private object of the SDK, or None if it is gone, with its module or without."""
    try:
        return getattr(import_module(f"agents.{module}"), name, None)
    except ModuleNotFoundError:
        return None


def asks_for(code: str) -> bool:
    """Return whether the compaction contains some code, however its lines are broken."""
    session = sdk(COMPACTION, "OpenAIResponsesCompactionSession")
    return session is not None and without_space(code) in without_space(inspect.getsource(session))


def without_space(code: str) -> str:
    return re.sub(r"\s", "", code)


def gone(seam: str) -> str:
    return f"openai-agents {version('openai-agents')} has lost a seam: {seam}"


def since(*release: int) -> pytest.MarkDecorator:
    older = ".".join(map(str, release))
    return pytest.mark.skipif(release > RELEASE, reason=f"openai-agents before {older}")


@since(0, 20)
async def test_blocking_methods_may_be_called_by_a_run() -> None:
    call = sdk("memory.session", "_call_session_method")
    assert call is not None, gone(AWAITS_ONLY_AWAITABLES)
    try:
        found = await call(lambda limit: [limit], 3)
    except TypeError as error:
        pytest.fail(f"{gone(AWAITS_ONLY_AWAITABLES)}: {error}")
    assert found == [3], gone(AWAITS_ONLY_AWAITABLES)


@since(0, 24)
def test_compaction_replaces_at_once() -> None:
    asked = 'getattr(type(self.underlying_session), "_atomic_replace_items"'
    assert asks_for(asked), gone(REPLACES_AT_ONCE)


@since(0, 24)
def test_compaction_takes_snapshots() -> None:
    asked = 'getattr(self.underlying_session, "_get_compaction_snapshot"'
    assert asks_for(asked), gone(TAKES_SNAPSHOTS)


@since(0, 24)
@pytest.mark.parametrize("cls", [RedisSession, ThreadedSession])
def test_snapshots_are_taken_with_these_parameters(cls: Any) -> None:
    theirs = getattr(sdk("memory", "SQLiteSession"), "_get_compaction_snapshot", None)
    assert theirs is not None, gone(HAS_THE_SIGNATURE)
    assert parameters(cls._get_compaction_snapshot) == parameters(theirs), gone(HAS_THE_SIGNATURE)


def parameters(function: Any) -> list[tuple[Any, ...]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@since(0, 24)
def test_snapshots_have_these_fields() -> None:
    snapshot = sdk("memory.session", "_CompactionSnapshot")
    assert snapshot is not None, gone(HAS_THESE_FIELDS)
    found = list(inspect.signature(snapshot).parameters)
    assert found == ["items", "complete", "replace_suffix"], gone(HAS_THESE_FIELDS)


@since(0, 20)
def test_a_run_is_grouped_by_its_session() -> None:
    group = sdk("run_internal.run_grouping", "resolve_run_grouping_id")
    assert group is not None, gone(GROUPS_BY_SESSION)
    session = SyncRedisSession("ada", redis.Redis()).as_async()
    found = group(conversation_id=None, session=session, group_id=None)
    assert found == "ada", gone(GROUPS_BY_SESSION)
