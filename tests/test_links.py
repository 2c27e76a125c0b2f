"""The links of the pages in the top folder; those of the README must work on PyPI, too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
OTHERS = sorted(set(ROOT.glob("*.md")) - {README})
CODE = re.compile(r"^```.*?^```|`[^`\n]+`|<!--.*?-->", re.MULTILINE | re.DOTALL)
DEFINITION = re.compile(r"^\[([^\]]+)\]: (\S+)$", re.MULTILINE)
LINK = re.compile(r"\[([^\[\]]+)\](?:\(([^)]*)\)|\[([^\[\]]*)\])?")
ATTRIBUTE = re.compile(r"\b(?:href|src|srcset)\s*=\s*[\"']([^\"']*)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links(text: str) -> list[str]:
    """Return the targets of all links and images in Markdown; a missing definition is an error."""
    prose = CODE.sub("code", text)
    targets = {label.lower(): target for label, target in DEFINITION.findall(prose)}
    used = LINK.findall(DEFINITION.sub("", prose))
    found = [inline or targets[(label or shown).lower()] for shown, inline, label in used]
    return [*found, *ATTRIBUTE.findall(prose)]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check(target: str, page: Path) -> None:
    """Fail if the target, relative to a page, names no file or no heading of one."""
    name, _, anchor = target.partition("#")
    path = page.parent / name if name else page
    assert path.is_file(), target
    assert not anchor or anchor in anchors(path), target


def repository() -> str:
    """Return the address of the repository, as PyPI shows it."""
    found = re.search(r'^Repository = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


def raw_content() -> str:
    """Return where GitHub serves files as they are; a page about an image is no image on PyPI."""
    return repository().replace("//github.com", "//raw.githubusercontent.com")


def test_the_readme_has_no_relative_link() -> None:
    found = links(README.read_text(encoding="utf-8"))
    assert [target for target in found if not target.startswith("https://")] == []


def test_the_readme_links_to_files_that_exist() -> None:
    pages, images = f"{repository()}/blob/main/", f"{raw_content()}/main/"
    ours = [target for target in links(README.read_text(encoding="utf-8")) if "xncbf" in target]
    for target in ours:
        assert target.startswith(images if target.endswith((".png", ".svg")) else pages)
        check(target.removeprefix(images).removeprefix(pages), README)
    named = {target.removeprefix(pages) for target in ours}
    assert {path.name for path in OTHERS} <= named


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.name)
def test_the_other_pages_link_to_files_that_exist(page: Path) -> None:
    for target in links(page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            check(target, page)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See [this](docs/a.md) and ![that](b.png).", ["docs/a.md", "b.png"]),
        ("See [This], [this][] or [`code`][this].\n\n[this]: c.md", ["c.md"] * 3),
        ('<a href="d.md"><img src="e.png"></a>', ["d.md", "e.png"]),
        ("`a[0](1)`\n```python\nb[0](1)\n```\n", []),
    ],
)
def test_what_is_a_link(text: str, found: list[str]) -> None:
    assert links(text) == found


@pytest.mark.parametrize("target", ["missing.md", "docs/missing.md", "README.md#missing", "docs"])
def test_a_broken_link_is_found(target: str) -> None:
    with pytest.raises(AssertionError, match=target):
        check(target, README)


def test_a_link_without_its_definition_is_found() -> None:
    with pytest.raises(KeyError, match="changelog"):
        links("See the [Changelog].")
