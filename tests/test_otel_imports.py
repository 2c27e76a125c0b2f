"""Telemetry costs nothing until it is asked for, and stays apart from redis-py's."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import openai_agents_session
from openai_agents_session import otel

if TYPE_CHECKING:
    from .support.server import Server

LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is


def run(code: str) -> str:
    code = f"import sys; sys.path.insert(0, {str(LIBRARY)!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("names", ["RedisSession, RedisSessionManager", "SyncRedisSessionManager"])
def test_nothing_is_imported_without_it(names: str) -> None:
    # redis-py and the SDK import some of it themselves, in some versions.
    run(
        f"""
import redis.asyncio, redis.sentinel, redis.asyncio.sentinel
if not "{names}".startswith("Sync"):
    import agents.memory
before = set(sys.modules)
from openai_agents_session import {names}
new = set(sys.modules) - before
assert "openai_agents_session._observer" in new
assert not {{name for name in new if name.startswith("opentelemetry")}}
assert "openai_agents_session.otel" not in new
"""
    )


def test_the_blocking_api_is_observed_without_the_sdk() -> None:
    run(
        """
sys.modules["agents"] = None  # an import of it would fail
from openai_agents_session import SyncRedisSession
from openai_agents_session.otel import instrument
import fakeredis
instrument()
session = SyncRedisSession("u", fakeredis.FakeRedis())
session.add_items([{"n": 1}])
with session.turn() as turn:
    turn.add_items([{"n": 2}])
assert session.get_items() == [{"n": 1}, {"n": 2}]
"""
    )


def test_the_extra_is_named_if_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "opentelemetry", None)
        with pytest.raises(ImportError, match=r'pip install "openai-agents-session\[otel\]"'):
            importlib.reload(otel)
    importlib.reload(otel)


def test_what_redis_py_measures_is_not_measured_twice(server: Server) -> None:
    found = run(
        f"""
from importlib.util import find_spec
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
redis_measures = find_spec("redis.observability") is not None  # since 8.0
if redis_measures:
    from redis.observability.config import MetricGroup, OTelConfig
    from redis.observability.providers import get_observability_instance
    get_observability_instance().init(OTelConfig(metric_groups=[MetricGroup.COMMAND]))
from openai_agents_session import SyncRedisSession
from openai_agents_session.otel import instrument

def number(point):
    return point.count if hasattr(point, "count") else point.value

def measured():
    found = [(scope.scope.name, metric.name, sum(map(number, metric.data.data_points)))
             for resource in reader.get_metrics_data().resource_metrics
             for scope in resource.scope_metrics for metric in scope.metrics]
    ours = [(name, count) for scope, name, count in found
            if scope == "openai_agents_session" and count]
    theirs = [(name, count) for scope, name, count in found if scope != "openai_agents_session"]
    return ours, theirs

with SyncRedisSession.from_url("ada", {server.url!r}) as session:
    session.add_items([{{"n": 1}}])  # the server learns the script
    session.add_items([{{"n": 2}}])
    before = dict(measured()[1]) if redis_measures else {{}}
    session.add_items([{{"n": 3}}])
    alone = dict(measured()[1]) if redis_measures else {{}}
    instrument()
    session.add_items([{{"n": 4}}])
ours, theirs = measured()
assert ours == [("openai_agents_session.operation.duration", 1)], ours
each = {{name: alone[name] - before[name] for name in alone}}
assert dict(theirs) == {{name: count + each[name] for name, count in alone.items()}}
print("db.client.operation.duration" in dict(theirs) or not redis_measures)
"""
    )
    assert found == "True\n"
