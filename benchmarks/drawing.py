"""Bar charts as SVG, with names and numbers next to the bars.

A chart has the colour of the text around it: inside a page it inherits that, and as a file of its
own it follows the colour scheme of the system. The bars stand out from a light and a dark page.
"""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind: TypeAlias = Literal["ours", "others", "least"]
"""Our sessions, other stores, and the least that is possible."""

_STYLE = """<style>
svg.plot:root{color:#212121}
@media (prefers-color-scheme:dark){svg.plot:root{color:#e0e0e0}}
.plot text{fill:currentColor;font:12px system-ui,sans-serif}
.plot .question{font-size:13px;font-weight:600}
.plot .note{font-size:11px}
.plot .strong{font-weight:600}
.plot .mark{stroke:currentColor}
.plot .ours{fill:#dc4438;stroke:#dc4438}
.plot .others{fill:#5b7fb5;stroke:#5b7fb5}
.plot .least{fill:#808080;stroke:#808080}
.plot .rest{fill:none}
</style>"""
_WIDTH = 360
_CHARACTER = 7.1  # the width of most characters, in a wide font of 12 pixels
_GAP = 6
_TITLE, _ROW, _THICKNESS = 22, 18, 12


class Bar(NamedTuple):
    """A bar between its name and its label."""

    name: str
    value: float
    label: str
    kind: Kind = "ours"
    rest: float = 0.0
    """Continues the bar as an outline."""

    @property
    def end(self) -> float:
        return self.value + self.rest


class Group(NamedTuple):
    """Bars that are compared with each other."""

    title: str
    bars: Sequence[Bar]


class Mark(NamedTuple):
    """A value that all bars are compared with, as a line across them."""

    value: float
    label: str


def bar_chart(question: str, note: str, groups: Sequence[Group], mark: Mark | None = None) -> str:
    """Draw groups of bars: with a mark all on one scale, and otherwise each on its own."""
    every = [bar for group in groups for bar in group.bars]
    strong = "ours" if len({bar.kind for bar in every}) > 1 else ""
    left = max(_width(bar.name) for bar in every) + _GAP
    room = _WIDTH - left - max(_width(bar.label) for bar in every) - _GAP
    longest = max(bar.end for bar in every)
    line = left + mark.value * room / longest if mark else 0.0
    drawn = [_text(line, 14, mark.label, "note", "middle")] if mark else []
    y = 16 if mark else 0
    for group in groups:
        scale = room / (longest if mark else max(bar.end for bar in group.bars))
        if group.title:
            drawn.append(_text(0, y + _TITLE - 7, group.title, "strong"))
        y += _TITLE if group.title else _GAP
        for row, bar in enumerate(group.bars):
            label_from = max(left + bar.end * scale, line) + _GAP
            drawn.append(_bar(bar, left, y + _ROW * row, scale, label_from, bar.kind == strong))
        bottom = y + _ROW * len(group.bars)
        if mark:
            drawn.append(f'<path class="mark" d="M{line:.1f} {y - 3}V{bottom - 3}"/>')
        y = bottom
    return _picture(question, note, y, drawn)


def _picture(question: str, note: str, height: int, drawn: Iterable[str]) -> str:
    """Put the question and the note above what is drawn; they are also its text alternative."""
    lines = [
        *((line, "question", 18) for line in textwrap.wrap(question, 40)),
        *((line, "note", 15) for line in textwrap.wrap(note, 54)),
    ]
    texts, y = [], 0
    for line, kind, leading in lines:
        y += leading
        texts.append(_text(0, y - 4, line, kind))
    size = f'viewBox="0 0 {_WIDTH} {y + height}"'
    label = f'role="img" aria-label="{escape(f"{question} {note}")}"'
    head = f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" {size} {label}>'
    return "\n".join(
        [head, _STYLE, *texts, f'<g transform="translate(0 {y})">', *drawn, "</g>", "</svg>\n"]
    )


def _bar(bar: Bar, left: float, y: int, scale: float, label_from: float, strong: bool) -> str:
    box = f'x="{left:.1f}" y="{y}" height="{_THICKNESS}"'
    middle = y + _THICKNESS - 2
    parts = [_text(left - _GAP, middle, bar.name, "strong" if strong else "", "end")]
    parts.append(f'<rect class="{bar.kind}" {box} width="{bar.value * scale:.1f}"/>')
    if bar.rest:
        parts.append(f'<rect class="{bar.kind} rest" {box} width="{bar.end * scale:.1f}"/>')
    parts.append(_text(label_from, middle, bar.label))
    return "".join(parts)


def _text(x: float, y: int, text: str, kind: str = "", anchor: str = "start") -> str:
    more = f' class="{kind}"' if kind else ""
    more += f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y}"{more}>{escape(text)}</text>'


def _width(text: str) -> float:
    return _CHARACTER * len(text)
