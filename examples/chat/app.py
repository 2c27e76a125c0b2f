"""A chat in the browser: sidebar, streaming, stop, edit, fork.

    python examples/chat/app.py [--port N]

It prints its address; port 0 is any free port. Add ?user=NAME to say who you are: that stands in
for a login.

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversations; otherwise they are kept in memory
LEASE           seconds until a conversation is free after its process was killed; otherwise 10
"""

import argparse
import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import uvicorn
from fastapi import Body, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from redis.exceptions import RedisError

sys.path.append(str(Path(__file__).parents[1]))  # where scripted_model.py is
from answers import UNKNOWN, Answer
from messages import shown, title_of, turn_starts, version_of

from openai_agents_session import (
    RedisSession,
    RedisSessionManager,
    Turn,
    TurnBusyError,
    UserSessions,
)

LEASE = float(os.environ.get("LEASE", "10"))
BUSY = "Another answer is on its way in this conversation. Try again when it is complete."
STALE = "This conversation was changed in another tab. Reload the page, then try again."
GONE = "This conversation is empty or was deleted."

REDIS_URL = os.environ.get("REDIS_URL") or "memory://chat"
manager = RedisSessionManager(url=REDIS_URL, key_prefix="chat", ttl=None)  # it keeps everything
running: dict[str, Answer] = {}  # the answers of this process, by the key of the conversation
tasks: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with manager:
        yield
        await asyncio.gather(*tasks)  # their browsers may be gone


def logged_in(user: str = "guest") -> UserSessions:
    """Return the user's conversations. A STAND-IN: ask your login, never believe the address."""
    return manager.user(user)


User = Annotated[UserSessions, Depends(logged_in)]


def of_user(chat: str, user: User) -> RedisSession:
    return user.session(chat)  # whatever the id, never a conversation of another user


Session = Annotated[RedisSession, Depends(of_user)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1)]
app = FastAPI(lifespan=lifespan)


@app.get("/chats")
async def sidebar(user: User) -> list[dict[str, str]]:
    titles = {info.session_id: info.title or "Untitled" async for info in user.sessions()}
    first = {  # a conversation is stored, and so listed, with its first answer
        answer.chat: title_of(answer.question)
        for key, answer in running.items()
        if key == user.session(answer.chat).key and answer.chat not in titles
    }
    return [{"chat": chat, "title": title} for chat, title in {**first, **titles}.items()]


@app.get("/chats/{chat}")
async def read(session: Session) -> dict[str, Any]:
    answer = running.get(session.key)
    items: Any = await session.get_items()
    messages = shown(items)
    if answer:  # its turn is not stored yet, and may replace others
        messages = [message for message in messages if message["turn"] < answer.number]
    question = answer.question if answer else None
    return {"messages": messages, "version": version_of(items), "question": question}


@app.post("/chats/{chat}/messages")
async def ask(
    user: User,
    session: Session,
    key: Key,
    text: Annotated[str, Body(min_length=1)],
    turn: Annotated[int | None, Body(ge=0)] = None,
    version: Annotated[str, Body()] = "",
) -> StreamingResponse:
    """Answer a message. With `turn`, it replaces that turn and those after it."""
    answer = running.get(session.key)
    if answer is None or answer.key != key:  # if it is the same message, read along
        async with AsyncExitStack() as stack:
            # A turn that is not of this process may be of one that was killed: wait for its lease.
            held = session.turn(key, blocking_timeout=0 if answer else LEASE + 5, lease=LEASE)
            await stack.enter_async_context(held)  # nothing is sent yet: a 409 is still possible
            number = -1 if held.repeated else await make_room(held, turn, version)
            answer = Answer(session.session_id, text, key, number, held)
            if not held.repeated:
                running[session.key] = answer
            # In a task, which a browser that goes away does not cancel.
            task = asyncio.create_task(finish(user, session.key, answer, stack.pop_all()))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    return StreamingResponse(answer.events(), media_type="text/event-stream")


async def make_room(held: Turn, turn: int | None, version: str) -> int:
    """Take out what a message replaces, and return the number of its turn."""
    items: Any = await held.get_items()
    starts = turn_starts(items)
    if turn is None:
        return len(starts)
    if version != version_of(items) or turn >= len(starts):
        raise HTTPException(409, STALE)
    for _ in items[starts[turn] :]:
        await held.pop_item()  # from Redis when the new answer is stored, in the same step
    return turn


async def finish(user: UserSessions, key: str, answer: Answer, leave_turn: AsyncExitStack) -> None:
    try:
        await answer.give(leave_turn)
        if answer.stored and await needs_title(user, answer):
            await user.update(answer.chat, title=title_of(answer.question))
    except RedisError:
        logging.exception("no title was stored")
    finally:
        if running.get(key) is answer:
            del running[key]
        answer.end()


async def needs_title(user: UserSessions, answer: Answer) -> bool:
    """Return whether a conversation has no title yet, or that of a first question which was edited.

    It may have none after any turn: the process can be killed between a turn and its title.
    """
    page = await user.page()  # the last changed first, so this one is near the top
    return any(
        info.session_id == answer.chat
        and (info.title is None or (answer.number == 0 and "renamed" not in info.metadata))
        for info in page.sessions
    )


@app.get("/chats/{chat}/answer")
async def join(session: Session) -> Response:
    """Read along: after a reload, or in a second tab."""
    if answer := running.get(session.key):
        return StreamingResponse(answer.events(), media_type="text/event-stream")
    return Response(status_code=204)  # it has just ended


@app.post("/chats/{chat}/stop", status_code=204)
async def stop(session: Session) -> None:
    if answer := running.get(session.key):  # with several processes, ask the one that answers
        answer.stop()


@app.post("/chats/{chat}/fork")
async def fork(
    user: User, session: Session, turn: Annotated[int, Body(embed=True)]
) -> dict[str, str]:
    """Copy a conversation up to a turn."""
    async with session.turn(blocking_timeout=0, lease=LEASE) as held:  # nothing is added meanwhile
        items: Any = await held.get_items()
        later = len(turn_starts(items)) - 1 - turn
        copy = await session.fork(uuid4().hex, rewind=max(0, later))
    title = title_of(shown(items)[0]["text"]) if items else ""
    if not await user.update(copy.session_id, title=title):
        raise HTTPException(404, GONE)
    return {"chat": copy.session_id}


@app.patch("/chats/{chat}", status_code=204)
async def rename(
    chat: str, user: User, title: Annotated[str, Body(embed=True, max_length=200)]
) -> None:
    if not await user.update(chat, title=title, metadata={"renamed": True}):
        raise HTTPException(404, GONE)


@app.delete("/chats/{chat}", status_code=204)
async def delete(chat: str, user: User, session: Session) -> None:
    if answer := running.pop(session.key, None):
        answer.stop()
    await user.delete(chat)  # a turn that is still open then stores nothing


@app.exception_handler(TurnBusyError)
@app.exception_handler(RedisError)
@app.exception_handler(ValueError)  # a user or a chat that cannot be one
async def explain(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, TurnBusyError):
        return JSONResponse({"detail": BUSY}, 409)
    if isinstance(error, RedisError):
        logging.error("Redis failed: %s", error)
        return JSONResponse({"detail": UNKNOWN}, 503)
    return JSONResponse({"detail": str(error)}, 400)


app.mount("/", StaticFiles(directory=Path(__file__).parent / "page", html=True))

if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=8000)
    port = options.parse_args().port
    with suppress(KeyboardInterrupt), socket.create_server(("127.0.0.1", port)) as listening:
        print(f"Chat: http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
