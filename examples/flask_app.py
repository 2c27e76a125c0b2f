"""A chat service on Flask: one Redis client per process, one turn per request.

    gunicorn --worker-class gthread --threads 16 "flask_app:create_app()"

    POST   /chats/<name>   {"message": "Hello"}   ->  {"answer": "..."}
    GET    /chats/<name>                          ->  {"items": [...]}
    DELETE /chats/<name>

A POST with an Idempotency-Key header happens once, however often it is sent. While another
request is answering in the same conversation, POST and DELETE answer 409: try again.

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversations
LEASE           seconds until a conversation is free after its process was killed; otherwise 30
"""

import os
from typing import Any

import redis
from agents import Agent, RunConfig, Runner
from flask import Flask, request
from scripted_model import ScriptedModel

from openai_agents_session import SyncRedisSession, TurnBusyError, TurnConflictError

DAY = 24 * 3600
LEASE = float(os.environ.get("LEASE", "30"))
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
        key = request.headers.get("Idempotency-Key") or None
        with open_session(name).turn(key, blocking_timeout=0, lease=LEASE) as turn:
            if not turn.repeated:
                Runner.run_sync(AGENT, message, session=turn.as_async(), run_config=CONFIG)
        return {"answer": turn.output_text}

    @app.get("/chats/<name>")
    def history(name: str) -> dict[str, Any]:
        return {"items": open_session(name).get_items()}

    @app.delete("/chats/<name>")
    def reset(name: str) -> tuple[str, int]:
        with open_session(name).turn(blocking_timeout=0, lease=LEASE) as turn:
            turn.clear_session()
        return "", 204

    @app.errorhandler(TurnBusyError)  # another request is answering, in this or any process
    @app.errorhandler(TurnConflictError)  # the conversation was changed while this one ran
    def busy(_: Exception) -> tuple[dict[str, str], int]:
        return {"error": "this conversation is busy; try again"}, 409

    return app
