"""A run inside a turn that fails: the conversation is as it was."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrail,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    OutputGuardrail,
    OutputGuardrailTripwireTriggered,
    Runner,
    function_tool,
)

from .support.steps import Steps, calls, says
from .support.turn_runs import (
    CALL,
    CONFIG,
    agent,
    drained,
    get_weather,
    items_of,
    questions,
    run,
    types,
)
from .support.turns import is_held, stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.server import Server
    from .support.turn_runs import Conversation


@function_tool(failure_error_function=None)
def explode() -> str:
    raise LookupError("no such tool")


def tripping(_context: Any, _agent: Any, text: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="forbidden" in str(text))


def model_error() -> tuple[Agent[Any], type[Exception], int]:
    return agent(RuntimeError("no model")), RuntimeError, 9


def model_error_after_a_tool() -> tuple[Agent[Any], type[Exception], int]:
    return agent(CALL, RuntimeError("no model"), tools=[get_weather]), RuntimeError, 9


def tool_exception() -> tuple[Agent[Any], type[Exception], int]:
    return agent([calls("explode", 1)], tools=[explode]), Exception, 9


def input_guardrail() -> tuple[Agent[Any], type[Exception], int]:
    guards = [InputGuardrail(guardrail_function=tripping)]
    return agent([says("ok")], input_guardrails=guards), InputGuardrailTripwireTriggered, 9


def output_guardrail() -> tuple[Agent[Any], type[Exception], int]:
    guards = [OutputGuardrail(guardrail_function=tripping)]
    return (
        agent([says("forbidden")], output_guardrails=guards),
        OutputGuardrailTripwireTriggered,
        9,
    )


def max_turns() -> tuple[Agent[Any], type[Exception], int]:
    return agent(CALL, CALL, tools=[get_weather]), MaxTurnsExceeded, 1


FAILURES: list[Callable[[], tuple[Agent[Any], type[Exception], int]]] = [
    model_error,
    model_error_after_a_tool,
    tool_exception,
    input_guardrail,
    output_guardrail,
    max_turns,
]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("failure", FAILURES)
async def test_a_run_that_fails_leaves_nothing(
    server: Server, conversation: Conversation, failure: Any, streamed: bool
) -> None:
    async with conversation.turn() as turn:
        await run(agent([says("A")]), "a", turn)
    before = stored(server)
    failing, error, most = failure()
    with pytest.raises(error):
        async with conversation.turn("task-1") as turn:
            if streamed:
                result = Runner.run_streamed(
                    failing, "forbidden", session=turn, run_config=CONFIG, max_turns=most
                )
                await drained(result)
            else:
                await run(failing, "forbidden", turn, max_turns=most)
    assert stored(server) == before
    assert conversation.turn_of_last.items == []
    sound = agent([says("B")])
    async with conversation.turn("task-1", blocking_timeout=0) as turn:
        await run(sound, "b", turn)
    assert questions(sound) == ["a", "b"]
    assert conversation.turn_of_last.output_text == "B"


class Hanging(Steps):
    """A model that never answers, and says when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("how", ["cancel", "timeout"])
async def test_a_run_that_is_ended_leaves_nothing(
    server: Server, conversation: Conversation, how: str
) -> None:
    model = Hanging()

    async def turn() -> None:
        async with conversation.turn() as turn:
            await run(Agent(name="Companion", model=model), "a", turn)

    task = asyncio.ensure_future(turn())
    await model.asked.wait()
    if how == "cancel":
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(task, 0.05)
    assert stored(server) == []
    assert not is_held(server)
    sound = agent([says("B")])
    async with conversation.turn(blocking_timeout=0) as session:
        await run(sound, "b", session)
    assert questions(sound) == ["b"]


async def test_a_failure_that_is_caught_inside_keeps_what_was_done(
    conversation: Conversation,
) -> None:
    async with conversation.turn() as turn:
        with suppress(MaxTurnsExceeded):
            await run(agent(CALL, CALL, tools=[get_weather]), "a", turn, max_turns=1)
    assert types(await items_of(conversation))[:1] == ["user"]
    assert conversation.turn_of_last.output_text is None


async def test_a_redelivered_run(conversation: Conversation) -> None:
    companion = agent(CALL, [says("sunny")], tools=[get_weather])
    for _ in range(3):
        async with conversation.turn("task-1") as turn:
            if not conversation.turn_of_last.repeated:
                await run(companion, "Rome?", turn)
        assert conversation.turn_of_last.output_text == "sunny"
    expected = ["user", "reasoning", "function_call", "function_call_output", "assistant"]
    assert types(await items_of(conversation)) == expected


async def test_a_repeated_run_asks_no_model(conversation: Conversation) -> None:
    companion = agent([says("A")])
    async with conversation.turn("task-1") as turn:
        await run(companion, "a", turn)
    with pytest.raises(RuntimeError, match=r"turn\.repeated"):
        async with conversation.turn("task-1") as turn:
            await run(companion, "a", turn)
    assert len(await items_of(conversation)) == 2
