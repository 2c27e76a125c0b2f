"""A chat service on FastAPI that streams: each answer is a turn, held until its last token.

    uvicorn fastapi_streaming_app:app

    POST /chats/<name>        {"message": "Hello"}  ->  server-sent events: text, ..., done
    POST /chats/<name>/stop   {"keep": true}        keep what was shown; false forgets the turn
    GET  /chats/<name>                              ->  {"items": [...]}

The client, the Idempotency-Key header, the 409 and the variables are those of fastapi_app.py.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated

import fastapi_app as plain
from agents import Runner, RunResultStreaming
from fastapi import Body, FastAPI
from fastapi.responses import StreamingResponse

from openai_agents_session import Turn, TurnBusyError


class Answer:
    """The answer to one message, and the events that show it to the client."""

    def __init__(self, name: str, turn: Turn, message: str) -> None:
        self.name, self.turn, self.keep = name, turn, True
        self.events: asyncio.Queue[str | None] = asyncio.Queue()  # None: the end
        self.run = (
            None
            if turn.repeated
            else Runner.run_streamed(plain.AGENT, message, session=turn, run_config=plain.CONFIG)
        )

    def start(self, leave_turn: AsyncExitStack) -> None:
        """Answer in a task, which a client that goes away does not cancel."""
        self.task = asyncio.create_task(self.give(leave_turn))
        running.add(self)
        self.task.add_done_callback(lambda _: running.discard(self))

    async def give(self, leave_turn: AsyncExitStack) -> None:
        try:
            async with leave_turn:
                if self.run is None:
                    self.send("text", self.turn.output_text)
                else:
                    await self.stream(self.run)
            self.send("done")  # the turn has been stored
        except Exception:
            logging.exception("an answer failed")
            self.send("error")
        finally:
            self.events.put_nowait(None)

    async def stream(self, run: RunResultStreaming) -> None:
        shown = ""
        async for event in run.stream_events():
            data = event.data if event.type == "raw_response_event" else None
            if data is not None and data.type == "response.output_text.delta":
                shown += data.delta
                self.send("text", data.delta)
        if not self.keep:
            self.turn.rollback()
        elif shown and self.turn.output_text is None:  # stopped before the SDK added the answer
            await self.turn.add_items([{"role": "assistant", "content": shown}])

    def stop(self, keep: bool) -> None:
        self.keep = keep
        if self.run is not None:
            self.run.cancel()

    def send(self, event: str, data: str | None = None) -> None:
        self.events.put_nowait(f"event: {event}\ndata: {json.dumps(data)}\n\n")

    async def told(self) -> AsyncIterator[str]:
        while (event := await self.events.get()) is not None:
            yield event


running: set[Answer] = set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with plain.lifespan(app):
        yield
        await asyncio.gather(*(answer.task for answer in running))  # their clients may be gone


app = FastAPI(lifespan=lifespan)
app.get("/chats/{name}")(plain.history)
app.exception_handler(TurnBusyError)(plain.busy)


@app.post("/chats/{name}")
async def chat(
    name: str, session: plain.Session, message: plain.Message, key: plain.Key = None
) -> StreamingResponse:
    async with AsyncExitStack() as stack:
        turn = session.turn(key, blocking_timeout=0, lease=plain.LEASE)
        await stack.enter_async_context(turn)  # nothing is sent yet: a 409 is still possible
        answer = Answer(name, turn, message)
        answer.start(leave_turn=stack.pop_all())
    return StreamingResponse(answer.told(), media_type="text/event-stream")


@app.post("/chats/{name}/stop", status_code=204)
async def stop(name: str, keep: Annotated[bool, Body(embed=True)]) -> None:
    for answer in running:  # of this process: with several, send a stop to the one that answers
        if answer.name == name:
            answer.stop(keep)
