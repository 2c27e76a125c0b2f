"""What is imported, and when: the blocking API must not cost what the Agents SDK costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import openai_agents_session
import openai_agents_session.redis


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["openai_agents_session", "openai_agents_session.redis"])
def test_the_blocking_session_works_without_the_sdk(module: str) -> None:
    run(
        f"""
import sys
sys.modules["agents"] = None  # an import of it would fail
from {module} import SyncRedisSession
import fakeredis
session = SyncRedisSession("u", fakeredis.FakeRedis(), session_settings={{"limit": 1}})
session.add_items([{{"n": 1}}, {{"n": 2}}])
assert session.get_items() == [{{"n": 2}}]
assert session.pop_item() == {{"n": 2}}
session.clear_session()
assert SyncRedisSession("u", fakeredis.FakeRedis()).session_settings is None
assert not {{name for name in sys.modules if name.split(".")[0] in ("openai", "pydantic")}}
"""
    )


@pytest.mark.parametrize("module", ["openai_agents_session", "openai_agents_session.redis"])
def test_the_blocking_manager_works_without_the_sdk(module: str) -> None:
    run(
        f"""
import os, sys
sys.modules["agents"] = None  # an import of it would fail
for name in list(os.environ):
    if name.startswith("REDIS_"):
        del os.environ[name]
from {module} import SyncRedisSessionManager
with SyncRedisSessionManager(session_settings={{"limit": 1}}) as manager:
    assert "fakeredis" in sys.modules
    assert manager.store_message("u", "user", "a") and manager.store_message("u", "user", "b")
    assert [message["content"] for message in manager.get_history("u")] == ["b"]
    assert manager.session("u").get_items() == [{{"role": "user", "content": "b"}}]
    assert list(manager.session_ids()) == ["u"]
assert not {{name for name in sys.modules if name.split(".")[0] in ("openai", "pydantic")}}
"""
    )


def test_the_blocking_session_imports_little_beyond_redis() -> None:
    code = """
import sys, redis
before = set(sys.modules)
from openai_agents_session import SyncRedisSession, SyncRedisSessionManager
print(*{name.split(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)
"""
    assert set(run(code).split()) == {"openai_agents_session", "jiter"}


def test_both_paths_lead_to_the_same_classes() -> None:
    for name in openai_agents_session.__all__:
        assert getattr(openai_agents_session, name) is getattr(openai_agents_session.redis, name)
        assert name in dir(openai_agents_session)


@pytest.mark.parametrize("module", [openai_agents_session, openai_agents_session.redis])
def test_a_name_that_does_not_exist(module: object) -> None:
    removed = "DynamoDBSession"
    with pytest.raises(AttributeError, match=f"no attribute '{removed}'"):
        getattr(module, removed)
