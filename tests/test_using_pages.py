"""The pages about frameworks show the examples that are tested, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "using").glob("*.md"))
MARKED = re.compile(r"<!-- (examples/\S+) -->\n```python\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"^```python$", re.MULTILINE)
COMMAND = re.compile(r"```bash\n(.*?)\n```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_is_the_example(page: Path) -> None:
    text = page.read_text()
    blocks = MARKED.findall(text)
    for example, code in blocks:
        assert code in (ROOT / example).read_text()
    assert len(PYTHON.findall(text)) == len(blocks)  # each says where it is from
    shown = "\n".join((ROOT / example).read_text() for example, _ in blocks)
    for command in COMMAND.findall(text):
        assert command in shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        linked = (page.parent / target).resolve()
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)
            assert anchor[1:] in {heading.lower().replace(" ", "-") for heading in headings}
