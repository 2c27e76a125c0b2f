"""A model that answers from the history of a request, without a network.

It remembers nothing itself: every answer comes from the items of the current request. If the
history has lost, repeated or swapped an item, its answers show it. A history that the real API
would refuse (a tool output without its call, an item sent twice) raises `ValueError` here too.

    You: My name is Ada and I live in London.    It: Nice to meet you, Ada of London.
    You: What is the weather there?              It: calls the tool with "weather" in its name
    You: What did we talk about?                 It: recites the conversation so far
    You: Tell me a long story                    It: counts sheep, word by word, for six seconds
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any, cast
from uuid import uuid4

from agents import Model, ModelResponse, ModelSettings, Tool, Usage
from agents.items import TResponseInputItem, TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
)
from typing_extensions import override

STORY = "Once upon a time nobody could sleep. " + " ".join(
    f"Sheep number {number} jumped over the fence." for number in range(1, 18)
)
STORY_SECONDS = 6.0


@dataclass
class Heard:
    """The contents of a history, in order."""

    said: list[str] = field(default_factory=list)  # by the user
    answered: list[str] = field(default_factory=list)  # by the model
    reported: list[str] = field(default_factory=list)  # by the tools
    name: str | None = None
    city: str | None = None
    tool_spoke_last: bool = False

    def recite(self) -> str:
        """Return everything in the history as a sentence."""
        said = " ".join(f"({n}) {text}" for n, text in enumerate(self.said, start=1))
        return (
            f"This is turn {len(self.said)}. Your name: {self.name or 'unknown'}. "
            f"Your city: {self.city or 'unknown'}. "
            f"Tools reported: {'; '.join(self.reported) or 'nothing'}. "
            f"I answered {len(self.answered)} times. You said: {said}"
        )


def listen(history: str | list[TResponseInputItem]) -> Heard:
    """Read a history in order; refuse one that the Responses API would refuse."""
    heard, ids, open_calls = Heard(), set[str](), set[str]()
    items = [{"role": "user", "content": history}] if isinstance(history, str) else history
    for item in cast("list[Mapping[str, Any]]", items):
        if (item_id := item.get("id")) is not None:
            if item_id in ids:
                raise ValueError(f"duplicate item found with id {item_id}")
            ids.add(item_id)
        heard.tool_spoke_last = item.get("type") == "function_call_output"
        if item.get("type") == "function_call":
            if item["call_id"] in open_calls:
                raise ValueError(f"function call {item['call_id']} twice")
            open_calls.add(item["call_id"])
        elif heard.tool_spoke_last:
            if item["call_id"] not in open_calls:
                raise ValueError(f"no tool call found for the output of {item['call_id']}")
            open_calls.remove(item["call_id"])
            heard.reported.append(_text(item["output"]))
        elif item.get("role") == "assistant":
            heard.answered.append(_text(item["content"]))
        elif item.get("role") == "user":
            heard.said.append(text := _text(item["content"]))
            if match := re.search(r"my name is (\w+)", text, re.IGNORECASE):
                heard.name = match[1]
            if match := re.search(r"live in ([A-Z][\w-]*(?: [A-Z][\w-]*)*)", text):
                heard.city = match[1]
    if open_calls:
        raise ValueError(f"no tool output found for {', '.join(sorted(open_calls))}")
    return heard


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _message(text: str) -> ResponseOutputMessage:
    return ResponseOutputMessage(
        id=f"msg_{uuid4().hex}",
        role="assistant",
        status="completed",
        type="message",
        content=[ResponseOutputText(type="output_text", text=text, annotations=[])],
    )


def answer(history: str | list[TResponseInputItem], tools: list[Tool]) -> TResponseOutputItem:
    """Answer the history, or call a tool. Only the ids differ between runs."""
    heard = listen(history)
    question = heard.said[-1].lower() if heard.said else ""
    if heard.tool_spoke_last:
        return _message(f"The weather in {heard.city}: {heard.reported[-1]}")
    if "talk about" in question:
        return _message(heard.recite())
    if "long story" in question:
        return _message(STORY)
    if "weather" in question:
        tool = next((tool.name for tool in tools if "weather" in tool.name), None)
        if heard.city is None or tool is None:
            return _message("You never told me your city." if tool else "I have no weather tool.")
        return ResponseFunctionToolCall(
            id=f"fc_{uuid4().hex}",
            call_id=f"call_{uuid4().hex}",
            name=tool,
            arguments=json.dumps({"city": heard.city}),
            type="function_call",
            status="completed",
        )
    if "my name is" in question:
        return _message(f"Nice to meet you, {heard.name} of {heard.city or 'somewhere'}.")
    return _message(f"I heard you, {heard.name or 'stranger'}.")


class ScriptedModel(Model):
    """Use it in place of a real model: `Agent(name=..., model=ScriptedModel())`."""

    @override
    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        *args: Any,
        **kwargs: Any,
    ) -> ModelResponse:
        output = answer(input, tools)
        return ModelResponse([output], Usage(requests=1), response_id=f"resp_{uuid4().hex}")

    @override
    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        *args: Any,
        **kwargs: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        output = answer(input, tools)
        words = []
        if isinstance(output, ResponseOutputMessage):
            text = _text(output.model_dump()["content"])
            words = re.findall(r"\S+\s*", text)
            pause = STORY_SECONDS / len(words) if text == STORY else 0
            for number, word in enumerate(words):
                yield ResponseTextDeltaEvent(
                    type="response.output_text.delta",
                    item_id=output.id,
                    content_index=0,
                    output_index=0,
                    delta=word,
                    logprobs=[],
                    sequence_number=number,
                )
                await asyncio.sleep(pause)
        yield ResponseOutputItemDoneEvent(
            type="response.output_item.done",
            item=output,
            output_index=0,
            sequence_number=len(words),
        )
        response = Response(
            id=f"resp_{uuid4().hex}",
            created_at=time(),
            model="scripted",
            object="response",
            output=[output],
            parallel_tool_calls=False,
            tool_choice="auto",
            tools=[],
        )
        yield ResponseCompletedEvent(
            type="response.completed", response=response, sequence_number=len(words) + 1
        )
