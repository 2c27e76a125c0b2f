# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Pydantic models are stored without the nulls that nobody set, which the model's API refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Optional, cast

import pytest
from openai.types.responses import ResponseOutputMessage, ResponseReasoningItem
from pydantic import BaseModel, ConfigDict, Field

from openai_agents_session import RedisSession

if TYPE_CHECKING:
    from ..support.server import Server


class Part(BaseModel):
    text: str
    note: Optional[str] = None  # noqa: UP045  as the SDK's own types write it


class Model(BaseModel):
    """Fields of every kind that the SDK's types have."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    role: Literal["user"] = "user"
    status: str | None = "completed"
    unset: str | None = None
    part: Part | None = None
    parts: list[Part] = []
    pairs: tuple[Part, Part] | None = None
    named: dict[str, Part | None] = {}
    alias: str | None = Field(default=None, serialization_alias="theAlias")


class Anything(BaseModel):
    """A field for which pydantic would store a number that JSON does not have as null."""

    value: Any


DEFAULTS = {"role": "user", "status": "completed", "parts": [], "named": {}}

CASES: dict[str, tuple[BaseModel, Any]] = {
    "nothing was set": (Model(), DEFAULTS),
    "what was set to None stays": (
        Model(unset=None, status=None),
        DEFAULTS | {"unset": None, "status": None},
    ),
    "a default that is not None stays": (Model(unset="x"), DEFAULTS | {"unset": "x"}),
    "a model in a model": (
        Model(part=Part(text="a")),
        DEFAULTS | {"part": {"text": "a"}},
    ),
    "None that was set in a model in a model": (
        Model(part=Part(text="a", note=None)),
        DEFAULTS | {"part": {"text": "a", "note": None}},
    ),
    "models in a list": (
        Model(parts=[Part(text="a"), Part(text="b", note=None), Part(text="c", note="d")]),
        DEFAULTS
        | {"parts": [{"text": "a"}, {"text": "b", "note": None}, {"text": "c", "note": "d"}]},
    ),
    "models in a tuple": (
        Model(pairs=(Part(text="a"), Part(text="b", note="c"))),
        DEFAULTS | {"pairs": [{"text": "a"}, {"text": "b", "note": "c"}]},
    ),
    "models in a dict": (
        Model(named={"a": Part(text="a"), "nothing": None}),
        DEFAULTS | {"named": {"a": {"text": "a"}, "nothing": None}},
    ),
    "extra fields": (
        Model.model_validate({"more": None, "deep": {"null": None, "list": [None]}}),
        DEFAULTS | {"more": None, "deep": {"null": None, "list": [None]}},
    ),
    "an alias that was set": (Model(alias="x"), DEFAULTS | {"alias": "x"}),
    "an alias that was set to None": (Model(alias=None), DEFAULTS | {"alias": None}),
    "reasoning of the SDK": (
        ResponseReasoningItem(id="rs_1", summary=[], type="reasoning"),
        {"id": "rs_1", "summary": [], "type": "reasoning"},
    ),
    "a message of the SDK": (
        ResponseOutputMessage.model_validate(
            {
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "type": "message",
                "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
            }
        ),
        {
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "type": "message",
            "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_what_is_stored(server: Server, name: str) -> None:
    model, expected = CASES[name]
    items: Any = [model]
    async with RedisSession.from_url("ada", server.url) as session:
        await session.add_items(items)
        assert await session.get_items() == [expected]
        await session.replace_items(items)
        assert await session.get_items() == [expected]
        assert await session.pop_item() == expected


async def test_an_item_of_the_sdk_is_stored_as_the_sdk_sends_it(server: Server) -> None:
    models = [CASES["reasoning of the SDK"][0], CASES["a message of the SDK"][0]]
    items: Any = models
    async with RedisSession.from_url("ada", server.url) as session:
        await session.add_items(items)
        assert await session.get_items() == [
            model.model_dump(mode="json", exclude_unset=True) for model in models
        ]


async def test_nulls_of_a_mapping_stay(server: Server) -> None:
    item: Any = {"role": "user", "content": None, "parts": [{"note": None}]}
    async with RedisSession.from_url("ada", server.url) as session:
        await session.add_items([item])
        assert await session.get_items() == [item]


async def test_models_in_a_mapping(server: Server) -> None:
    """The TypeError of a mapping that holds a model names its position."""
    item: Any = {"role": "user", "part": Part(text="a")}
    async with RedisSession.from_url("ada", server.url) as session:
        with pytest.raises(TypeError, match="1"):
            await session.add_items([{"role": "user", "content": "a"}, item])
        assert await session.count() == 0


async def test_a_model_class_is_not_an_item(server: Server) -> None:
    wrong: Any = [Model]
    async with RedisSession.from_url("ada", server.url) as session:
        with pytest.raises(TypeError):
            await session.add_items(wrong)
        assert await session.count() == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, float("-inf")]])
async def test_a_number_that_json_does_not_have(server: Server, value: Any) -> None:
    async with RedisSession.from_url("ada", server.url) as session:
        with pytest.raises(ValueError, match=r"items\[0\]"):
            await session.add_items(cast("Any", [Anything(value=value)]))
        assert await session.count() == 0
