"""The web examples under the servers that people run them on, with 200 requests at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import redis

from openai_agents_session import SyncRedisSession

from .support.app import EXAMPLES, WebApp
from .support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUNICORN = ["gunicorn", "--bind", "127.0.0.1:{port}", "--worker-class", "gthread"]
UVICORN = ["uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning"]
SERVERS = {
    "flask": [*GUNICORN, "--threads", "16", "--workers", "2", "flask_app:create_app()"],
    "django": [*GUNICORN, "--threads", "16", "django_app:application"],
    "fastapi": [*UVICORN, "fastapi_app:app"],
}
MANY = 200
FIRST, SECOND = "My name is Ada and I live in London.", "What did we talk about?"
RECITED = (
    "This is turn 2. Your name: Ada. Your city: London. Tools reported: nothing. "
    f"I answered 1 times. You said: (1) {FIRST} (2) {SECOND}"
)


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="module", params=SERVERS)
def app(request: pytest.FixtureRequest, redis_server: Server) -> Iterator[WebApp]:
    redis_server.command("FLUSHALL")
    with WebApp(SERVERS[request.param], redis_server.url) as app:
        yield app


@pytest.fixture
def client(redis_server: Server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_server.url) as client:
        yield client


def at_once(app: WebApp, method: str, message: str | None = None) -> list[tuple[int, Any]]:
    """Send as many requests at a time, each to another conversation."""
    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(lambda n: app.ask(method, f"user-{n}", message), range(MANY)))


def test_many_conversations_at_a_time(app: WebApp, redis_server: Server) -> None:
    assert (
        at_once(app, "POST", FIRST)
        == [(200, {"answer": "Nice to meet you, Ada of London."})] * MANY
    )
    assert at_once(app, "POST", SECOND) == [(200, {"answer": RECITED})] * MANY
    for status, body in at_once(app, "GET"):
        assert status == 200
        assert [item["role"] for item in body["items"]] == ["user", "assistant"] * 2
        assert [body["items"][n]["content"] for n in (0, 2)] == [FIRST, SECOND]
    assert at_once(app, "DELETE") == [(204, None)] * MANY
    assert at_once(app, "GET") == [(200, {"items": []})] * MANY
    assert "Traceback" not in app.output
    assert int(redis_server.info("clients")["connected_clients"]) <= MANY + 10


def test_many_requests_to_one_conversation(app: WebApp) -> None:
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: app.ask("POST", "shared", SECOND), range(MANY)))
    assert {status for status, _ in answers} <= {200, 409}
    done = [body["answer"] for status, body in answers if status == 200]
    assert done
    assert {answer.split(".")[0] for answer in done} == {
        f"This is turn {n}" for n in range(1, len(done) + 1)
    }
    _, body = app.ask("GET", "shared")
    assert [item["role"] for item in body["items"]] == ["user", "assistant"] * len(done)


def test_a_busy_conversation_answers_409(app: WebApp, client: redis.Redis) -> None:
    with SyncRedisSession("busy", client).lock():
        assert app.ask("POST", "busy", FIRST)[0] == 409
        assert app.ask("GET", "busy") == (200, {"items": []})
        assert app.ask("DELETE", "busy")[0] == 409
    assert app.ask("POST", "busy", FIRST)[0] == 200
    assert 0 < client.ttl("openai_agents_session:busy") <= 24 * 3600


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*_app.py")), ids=lambda path: path.name)
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 120
