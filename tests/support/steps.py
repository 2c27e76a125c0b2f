"""A model that takes the steps it was given, one for each request, whatever it is asked."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any, TypeAlias

from agents import Model, ModelResponse, Usage
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseReasoningItem,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.items import TResponseOutputItem, TResponseStreamEvent

Step: TypeAlias = "list[TResponseOutputItem] | Exception"


def says(text: str) -> TResponseOutputItem:
    return ResponseOutputMessage(
        id=f"msg_{text}",
        role="assistant",
        status="completed",
        type="message",
        content=[ResponseOutputText(type="output_text", text=text, annotations=[])],
    )


def thinks(number: int) -> TResponseOutputItem:
    return ResponseReasoningItem(id=f"rs_{number}", type="reasoning", summary=[])


def calls(tool: str, number: int, arguments: str = "{}") -> TResponseOutputItem:
    return ResponseFunctionToolCall(
        id=f"fc_{number}",
        call_id=f"call_{number}",
        name=tool,
        arguments=arguments,
        type="function_call",
        status="completed",
    )


class Steps(Model):
    """Gives the output of each step in turn, or raises it. `seen` holds what it was asked."""

    def __init__(self, *steps: Step) -> None:
        self.seen: list[Any] = []
        self._steps = list(steps)

    async def get_response(
        self,
        system_instructions: str | None,
        input: Any,  # noqa: A002  the SDK passes it by this name
        *args: Any,
        **kwargs: Any,
    ) -> ModelResponse:
        output = self._next(input)
        return ModelResponse(output, Usage(requests=1), response_id=f"resp_{len(self.seen)}")

    async def stream_response(
        self,
        system_instructions: str | None,
        input: Any,  # noqa: A002  the SDK passes it by this name
        *args: Any,
        **kwargs: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        response = Response(
            output=self._next(input),
            id=f"resp_{len(self.seen)}",
            created_at=time(),
            model="steps",
            object="response",
            parallel_tool_calls=False,
            tool_choice="auto",
            tools=[],
        )
        yield ResponseCompletedEvent(
            type="response.completed", response=response, sequence_number=0
        )

    def _next(self, seen: Any) -> list[TResponseOutputItem]:
        self.seen.append(seen)
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step
