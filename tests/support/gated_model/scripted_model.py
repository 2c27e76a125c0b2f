"""The model of the examples, behind a gate that a test opens.

A program that runs in this folder imports it in place of `examples/scripted_model.py`. GATE names
a folder with one file per call, named after the process, and with the file `open` once it is open.
"""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from agents import Model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents import ModelResponse
    from agents.items import TResponseStreamEvent

_EXAMPLE = Path(__file__).parents[3] / "examples" / "scripted_model.py"
_GATE = Path(os.environ["GATE"])


def _load() -> Any:
    spec = spec_from_file_location("scripted_model_of_the_examples", _EXAMPLE)
    if spec is None or spec.loader is None:
        raise ImportError(str(_EXAMPLE))
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look it up there
    spec.loader.exec_module(module)
    return module


async def _pass_gate() -> None:
    (_GATE / f"{os.getpid()}-{uuid4().hex}").touch()
    while not (_GATE / "open").exists():  # noqa: ASYNC110  another process opens it
        await asyncio.sleep(0.01)


class ScriptedModel(Model):
    """Waits at the gate before it answers; when it streams, after the first word."""

    def __init__(self) -> None:
        self._model: Model = _load().ScriptedModel()

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        await _pass_gate()
        return await self._model.get_response(*args, **kwargs)

    async def stream_response(
        self, *args: Any, **kwargs: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        waited = False
        async for event in self._model.stream_response(*args, **kwargs):
            yield event
            if not waited:
                await _pass_gate()
                waited = True
