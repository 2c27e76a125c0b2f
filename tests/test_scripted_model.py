"""The model of the examples must show a wrong history, or what runs on it proves nothing."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, SQLiteSession, function_tool
from agents.version import __version__ as sdk_version

PATH = Path(__file__).parents[1] / "examples" / "scripted_model.py"
CONFIG = RunConfig(tracing_disabled=True)
TURNS = ["My name is Ada and I live in New York.", "What is the weather there?"]
RECALL = "What did we talk about?"
RECITED = (
    "This is turn 3. Your name: Ada. Your city: New York. "
    "Tools reported: sunny in New York. I answered 2 times. "
    f"You said: (1) {TURNS[0]} (2) {TURNS[1]} (3) {RECALL}"
)


def load() -> Any:
    spec = importlib.util.spec_from_file_location("scripted_model", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


scripted_model = load()


@function_tool
def get_weather(city: str) -> str:
    return f"sunny in {city}"


def agent() -> Agent[None]:
    return Agent(name="Companion", model=scripted_model.ScriptedModel(), tools=[get_weather])


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "output_text", "text": text}]}


CALL = {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "sunny in New York"}
HISTORY = [
    user(TURNS[0]),
    assistant("Nice to meet you."),
    user(TURNS[1]),
    CALL,
    OUTPUT,
    assistant("It is sunny."),
    user(RECALL),
]


def says(history: Any) -> str:
    message = scripted_model.answer(history, [get_weather])
    return str(message.content[0].text)


async def test_a_conversation_through_the_runner() -> None:
    session = SQLiteSession("plain")
    try:
        answers = [
            (await Runner.run(agent(), text, session=session, run_config=CONFIG)).final_output
            for text in [*TURNS, RECALL]
        ]
    finally:
        session.close()
    assert answers == [
        "Nice to meet you, Ada of New York.",
        "The weather in New York: sunny in New York",
        RECITED,
    ]


@pytest.mark.skipif(sdk_version == "0.8.0", reason="its run_streamed stores no tool items")
async def test_a_conversation_through_the_streaming_runner() -> None:
    session = SQLiteSession("streamed")
    try:
        for text in [*TURNS, RECALL]:
            result = Runner.run_streamed(agent(), text, session=session, run_config=CONFIG)
            deltas = [
                event.data.delta
                async for event in result.stream_events()
                if event.type == "raw_response_event"
                and event.data.type == "response.output_text.delta"
            ]
            assert "".join(deltas) == result.final_output
        ids = [item.get("id") for item in await session.get_items() if "id" in item]
    finally:
        session.close()
    assert result.final_output == RECITED
    assert len(ids) == len(set(ids))


def test_it_recites_the_history() -> None:
    assert says(HISTORY) == RECITED


def test_a_bare_string_is_one_turn() -> None:
    assert says(TURNS[0]) == "Nice to meet you, Ada of New York."


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(HISTORY[1:], id="first-message-lost"),
        pytest.param([*HISTORY[:5], *HISTORY[6:]], id="answer-lost"),
        pytest.param([*HISTORY[:3], *HISTORY[5:]], id="tool-call-lost"),
        pytest.param([HISTORY[0], *HISTORY], id="message-twice"),
        pytest.param([*HISTORY[:2], *HISTORY[1:]], id="answer-twice"),
        pytest.param([*HISTORY[2:6], *HISTORY[:2], HISTORY[6]], id="turns-swapped"),
    ],
)
def test_a_wrong_history_shows(history: list[Any]) -> None:
    assert says(history) != RECITED


@pytest.mark.parametrize(
    ("history", "message"),
    [
        pytest.param([*HISTORY[:3], OUTPUT, CALL, *HISTORY[5:]], "no tool call", id="swapped"),
        pytest.param([*HISTORY[:3], *HISTORY[4:]], "no tool call", id="call-lost"),
        pytest.param([*HISTORY[:4], *HISTORY[5:]], "no tool output", id="output-lost"),
        pytest.param([*HISTORY[:5], *HISTORY[4:]], "no tool call", id="output-twice"),
        pytest.param([*HISTORY[:4], *HISTORY[3:]], "call c1 twice", id="call-twice"),
        pytest.param(
            [{"id": "msg_1", **HISTORY[1]}, {"id": "msg_1", **HISTORY[1]}, HISTORY[0]],
            "duplicate item",
            id="id-twice",
        ),
    ],
)
def test_a_history_that_the_api_refuses_is_refused(history: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        says(history)
