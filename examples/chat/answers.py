"""An answer on its way: a turn, held by a task until the last token, and all who read along."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from agents import Agent, RunConfig, Runner, RunResultStreaming
from redis.exceptions import RedisError
from scripted_model import ScriptedModel

from openai_agents_session import Turn, TurnConflictError

KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(name="Assistant", model=None if KEY_GIVEN else ScriptedModel())
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)

CHANGED = "The conversation was changed while the answer came. The answer was not stored."
UNKNOWN = "Redis does not respond. Send the message again: it is not stored twice."
FAILED = "The model failed. Nothing was stored. Try again."


class Answer:
    """The answer to one message. It goes on without a browser, and any number can read along."""

    def __init__(self, chat: str, question: str, key: str, number: int, turn: Turn) -> None:
        self.chat, self.question, self.key = chat, question, key
        self.number = number  # of the turn, from 0; -1 if it is repeated
        self.text, self.over, self.stored, self.problem = "", False, False, ""
        self._turn = turn
        self._run: RunResultStreaming | None = None
        self._news = asyncio.Event()

    async def give(self, leave_turn: AsyncExitStack) -> None:
        """Run the agent, then leave the turn, which stores it."""
        try:
            async with leave_turn:
                if self._turn.repeated:
                    self.text = self._turn.output_text or ""
                else:
                    await self._stream()
            self.stored = bool(self._turn.items)
        except TurnConflictError:
            self.problem = CHANGED
        except RedisError:
            logging.exception("Redis failed")
            self.problem = UNKNOWN
        except Exception:
            logging.exception("an answer failed")
            self.problem = FAILED

    async def _stream(self) -> None:
        self._run = Runner.run_streamed(AGENT, self.question, session=self._turn, run_config=CONFIG)
        async for event in self._run.stream_events():
            data = event.data if event.type == "raw_response_event" else None
            if data is not None and data.type == "response.output_text.delta":
                self.text += data.delta
                self._tell()
        if self._turn.output_text:
            return
        if self.text:  # stopped before the SDK added the answer: keep what was shown
            await self._turn.add_items([{"role": "assistant", "content": self.text}])
        else:  # never store a question without an answer
            self._turn.rollback()

    def stop(self) -> None:
        if self._run is not None:
            self._run.cancel()

    def end(self) -> None:
        self.over = True
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()  # for what comes next

    async def events(self) -> AsyncIterator[str]:
        """Yield server-sent events: what there is of the answer, then what comes, then the end."""
        sent = 0
        while not self.over or sent < len(self.text):
            if sent == len(self.text):
                await self._news.wait()
            if text := self.text[sent:]:
                yield f"event: text\ndata: {json.dumps(text)}\n\n"
                sent += len(text)
        outcome = {"stored": self.stored, "problem": self.problem}
        yield f"event: end\ndata: {json.dumps(outcome)}\n\n"
