"""The reference names everything that is public."""

from __future__ import annotations

from pathlib import Path

import pytest

import openai_agents_session

PAGE = Path(__file__).parents[1] / "docs" / "api" / "redis.md"


@pytest.mark.parametrize("name", openai_agents_session.__all__)
def test_a_public_name_is_in_the_reference(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"::: openai_agents_session.redis.{name}\n" in page or f"`{name}` is" in page
