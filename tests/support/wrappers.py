"""What tests of the SDK's wrappers share: a model, and a compaction that needs no network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from agents import Agent, RunConfig, Runner
from agents.memory import OpenAIResponsesCompactionSession
from scripted_model import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = RunConfig(tracing_disabled=True)
AGENT = Agent(name="Companion", model=ScriptedModel())
TURNS = ["My name is Ada and I live in London.", "What did we talk about?"]
SUMMARY: Any = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": TURNS[0]}]},
    {"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAA"},
]


class FakeOpenAI:
    """A client whose compaction answers with the summary, after the test has had its turn."""

    def __init__(self) -> None:
        self.responses = self
        self.requests: list[Any] = []
        self.meanwhile: Callable[[], Any] | None = None

    async def compact(self, **request: Any) -> Any:
        self.requests.append(request)
        if self.meanwhile:
            await self.meanwhile()
        return SimpleNamespace(output=SUMMARY, usage=None)


def compacting(session: Any, openai: Any, least: int) -> Any:
    """Wrap a session so that it compacts a history of at least `least` items."""
    return OpenAIResponsesCompactionSession(
        "ada",
        session,
        client=openai,
        compaction_mode="input",
        should_trigger_compaction=lambda context: len(context["session_items"]) >= least,
    )


async def talk(session: Any, *turns: str) -> str:
    answer = ""
    for turn in turns:
        result = await Runner.run(AGENT, turn, session=session, run_config=CONFIG)
        answer = str(result.final_output)
    return answer
