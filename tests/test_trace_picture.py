"""The picture of a trace is drawn from a real turn, as the one in the documentation was."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from tools import trace_picture

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NAMES = ["session.turn", "session.turn.begin", "the model", "session.turn.commit"]


def names(picture: Path) -> list[str]:
    """Return the names of the spans in a picture, which are its texts without a class."""
    texts = ET.parse(picture).iter("{http://www.w3.org/2000/svg}text")
    return [str(text.text) for text in texts if "class" not in text.attrib]


def test_a_picture_that_is_drawn_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_picture, "MODEL_SECONDS", 0.001)
    drawn = tmp_path / "trace.svg"
    trace_picture.main([str(drawn)])
    assert names(drawn) == NAMES
    assert "prefers-color-scheme: dark" in drawn.read_text(encoding="utf-8")


def test_the_picture_of_the_documentation() -> None:
    assert names(trace_picture.PICTURE) == NAMES
