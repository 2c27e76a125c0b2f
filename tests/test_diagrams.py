"""The diagrams of the documentation are those that the tool draws, and fit into a page."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tools.diagrams import DIAGRAMS, IMAGES

DOCS = Path(__file__).parents[1] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", DIAGRAMS)
def test_the_file_is_the_one_that_the_tool_draws(name: str) -> None:
    assert (IMAGES / f"{name}.svg").read_text(encoding="utf-8") == DIAGRAMS[name]


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_can_be_a_part_of_a_page(name: str) -> None:
    assert "\n\n" not in DIAGRAMS[name]  # Markdown would end the block there
    assert not re.search(r'\bid="', DIAGRAMS[name])  # two diagrams would share it
    pages = [page.read_text(encoding="utf-8") for page in DOCS.glob("**/*.md")]
    assert any(f'--8<-- "docs/img/{name}.svg"' in page for page in pages)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_no_text_leaves_the_picture(name: str) -> None:
    picture = ET.fromstring(DIAGRAMS[name])
    _, _, width, height = map(int, picture.attrib["viewBox"].split())
    for text in picture.iter(f"{SVG}text"):
        x, half = float(text.attrib["x"]), 3.2 * len(text.text or "")
        left = x if "text-anchor" not in text.attrib else x - half
        assert 0 <= left <= left + 2 * half <= width, text.text
        assert 0 < float(text.attrib["y"]) < height
