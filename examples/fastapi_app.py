"""A chat service on FastAPI: one Redis client per event loop, one turn per request.

    uvicorn fastapi_app:app

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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import redis.asyncio as redis
from agents import Agent, RunConfig, Runner
from fastapi import Body, Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from scripted_model import ScriptedModel

from openai_agents_session import RedisSession, TurnBusyError, TurnConflictError

DAY = 24 * 3600
LEASE = float(os.environ.get("LEASE", "30"))
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(name="Companion", model=None if KEY_GIVEN else ScriptedModel())
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Create the client in the loop that will use it; close it with the application."""
    # If all connections are in use, wait for one; the default pool would raise an error.
    pool = redis.BlockingConnectionPool.from_url(REDIS_URL, max_connections=50)
    async with redis.Redis.from_pool(pool) as client:
        app.state.redis = client
        yield


app = FastAPI(lifespan=lifespan)


def open_session(name: str, request: Request) -> RedisSession:
    return RedisSession(name, request.app.state.redis, ttl=DAY)


Session = Annotated[RedisSession, Depends(open_session)]
Message = Annotated[str, Body(embed=True)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1)]


@app.post("/chats/{name}")
async def chat(session: Session, message: Message, key: Key = None) -> dict[str, Any]:
    async with session.turn(key, blocking_timeout=0, lease=LEASE) as turn:
        if not turn.repeated:
            await Runner.run(AGENT, message, session=turn, run_config=CONFIG)
    return {"answer": turn.output_text}


@app.get("/chats/{name}")
async def history(session: Session) -> dict[str, Any]:
    return {"items": await session.get_items()}


@app.delete("/chats/{name}", status_code=204)
async def reset(session: Session) -> None:
    async with session.turn(blocking_timeout=0, lease=LEASE) as turn:
        await turn.clear_session()


@app.exception_handler(TurnBusyError)  # another request is answering, in this or any process
@app.exception_handler(TurnConflictError)  # the conversation was changed while this one ran
async def busy(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"error": "this conversation is busy; try again"}, status_code=409)
