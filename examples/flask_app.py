"""A chat service on Flask: one Redis client per process, one session per request.

    gunicorn --worker-class gthread --threads 16 "flask_app:create_app()"

    POST   /chats/<name>   {"message": "Hello"}   ->  {"answer": "..."}
    GET    /chats/<name>                          ->  {"items": [...]}
    DELETE /chats/<name>

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversations
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from agents import Agent, RunConfig, Runner
from flask import Flask, abort, request
from scripted_model import ScriptedModel

from openai_agents_session import SyncRedisSession

DAY = 24 * 3600
KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(name="Companion", model=None if KEY_GIVEN else ScriptedModel())
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)


def create_app() -> Flask:
    """Create the application, and one client that all its threads share."""
    app = Flask(__name__)
    client = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))

    def open_session(name: str) -> SyncRedisSession:
        # A session is cheap and holds no connection: create one whenever you need it.
        return SyncRedisSession(name, client, ttl=DAY)

    @app.post("/chats/<name>")
    def chat(name: str) -> dict[str, Any]:
        message = str(request.get_json()["message"])
        session = open_session(name)
        with one_turn(session):
            result = Runner.run_sync(AGENT, message, session=session.as_async(), run_config=CONFIG)
        return {"answer": result.final_output}

    @app.get("/chats/<name>")
    def history(name: str) -> dict[str, Any]:
        return {"items": open_session(name).get_items()}

    @app.delete("/chats/<name>")
    def reset(name: str) -> tuple[str, int]:
        session = open_session(name)
        with one_turn(session):
            session.clear_session()
        return "", 204

    return app


@contextmanager
def one_turn(session: SyncRedisSession) -> Iterator[None]:
    """Answer 409 if another request is using the conversation, in this or any other process."""
    lock = session.lock(blocking_timeout=0)
    if not lock.acquire():
        abort(409, "this conversation is busy")
    try:
        yield
    finally:
        lock.release()
