"""A chat service on FastAPI: one Redis client per event loop, one session per request.

    uvicorn fastapi_app:app

    POST   /chats/<name>   {"message": "Hello"}   ->  {"answer": "..."}
    GET    /chats/<name>                          ->  {"items": [...]}
    DELETE /chats/<name>

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversations
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import redis.asyncio as redis
from agents import Agent, RunConfig, Runner
from fastapi import Body, Depends, FastAPI, HTTPException, Request
from scripted_model import ScriptedModel

from openai_agents_session import RedisSession

DAY = 24 * 3600
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


@app.post("/chats/{name}")
async def chat(session: Session, message: Annotated[str, Body(embed=True)]) -> dict[str, Any]:
    async with one_turn(session):
        result = await Runner.run(AGENT, message, session=session, run_config=CONFIG)
    return {"answer": result.final_output}


@app.get("/chats/{name}")
async def history(session: Session) -> dict[str, Any]:
    return {"items": await session.get_items()}


@app.delete("/chats/{name}", status_code=204)
async def reset(session: Session) -> None:
    async with one_turn(session):
        await session.clear_session()


@asynccontextmanager
async def one_turn(session: RedisSession) -> AsyncIterator[None]:
    """Answer 409 if another request is using the conversation, in this or any other process."""
    lock = session.lock(blocking_timeout=0)
    if not await lock.acquire():
        raise HTTPException(409, "this conversation is busy")
    try:
        yield
    finally:
        await lock.release()
