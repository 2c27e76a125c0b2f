"""Draw the diagrams of the documentation: `python -m tools.diagrams` writes docs/img/*.svg.

A diagram has the colour of the text around it: inside a page it inherits that, and as a file of its
own it follows the colour scheme of the system.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import NamedTuple

IMAGES = Path(__file__).parents[1] / "docs" / "img"

_STYLE = """<style>
svg.diagram:root{color:#212121}
@media (prefers-color-scheme:dark){svg.diagram:root{color:#e0e0e0}}
.diagram text{fill:currentColor;font:12px system-ui,sans-serif}
.diagram .name{font-weight:600}
.diagram .small{font-size:11px;opacity:.75}
.diagram .line{stroke:currentColor;fill:none;opacity:.6}
.diagram .cover{fill:var(--md-default-bg-color,transparent)}
.diagram .box{fill:currentColor;fill-opacity:.07;stroke:currentColor;stroke-opacity:.35}
.diagram .lost{stroke:#e53935;fill:none}
.diagram .lane{stroke:currentColor;opacity:.25}
</style>"""
_LINE = 30
_WIDTH = 400


class Call(NamedTuple):
    """An arrow from one lane to another."""

    source: int
    target: int
    text: str
    dashed: bool = False
    lost: bool = False


class Note(NamedTuple):
    """What happens in a lane."""

    lane: int
    text: str


class Layer(NamedTuple):
    """A box in a stack: its name, and what is in it."""

    name: str
    text: str


def sequence(title: str, lanes: dict[str, int], steps: list[Call | Note]) -> str:
    """Draw lanes, given with their middles, and what passes between them from top to bottom."""
    height = 44 + _LINE * len(steps) + 10
    places = list(lanes.values())
    drawn = [_lane(name, x, height) for name, x in lanes.items()]
    for number, step in enumerate(steps):
        y = 44 + _LINE * (number + 1) - 8
        drawn.append(_note(step, places, y) if isinstance(step, Note) else _call(step, places, y))
    return _picture(title, height, drawn)


def stack(title: str, layers: list[Layer]) -> str:
    """Draw boxes on top of each other; imports run downwards."""
    drawn = []
    for number, layer in enumerate(layers):
        y = 4 + number * 54
        drawn.append(
            f'<rect class="box" x="4" y="{y}" width="{_WIDTH - 8}" height="44" rx="5"/>'
            f'<text class="name" x="16" y="{y + 19}">{escape(layer.name)}</text>'
            f'<text class="small" x="16" y="{y + 35}">{escape(layer.text)}</text>'
        )
        if number:
            drawn.append(_arrow(_WIDTH - 40, y - 10, _WIDTH - 40, y, "line"))
    return _picture(title, 4 + len(layers) * 54, drawn)


def _picture(title: str, height: int, drawn: list[str]) -> str:
    start = (
        f'<svg class="diagram" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'role="img" aria-label="{escape(title)}">'
    )
    return "\n".join([start, _STYLE, *drawn, "</svg>"]) + "\n"


def _lane(name: str, x: int, height: int) -> str:
    return (
        f'<line class="lane" x1="{x}" x2="{x}" y1="34" y2="{height - 4}"/>'
        f'<rect class="box" x="{x - 42}" y="6" width="84" height="26" rx="5"/>'
        f'<text class="name" x="{x}" y="23" text-anchor="middle">{escape(name)}</text>'
    )


def _call(call: Call, places: list[int], y: int) -> str:
    start, end = places[call.source], places[call.target]
    middle = (start + end) // 2
    above = (start + middle) // 2 if call.lost else middle
    label = f'<text x="{above}" y="{y - 6}" text-anchor="middle">{escape(call.text)}</text>'
    if call.lost:
        cross = f"M{middle - 5} {y - 5}l10 10m0 -10l-10 10"
        line = f"M{start} {y}H{middle}"
        dashed = f'<path class="lost" stroke-dasharray="4 3" d="{line}"/>'
        return f'{label}{dashed}<path class="lost" stroke-width="2" d="{cross}"/>'
    return label + _arrow(start, y, end, y, "line", dashed=call.dashed)


def _arrow(x1: int, y1: int, x2: int, y2: int, kind: str, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    if y1 == y2:
        back = -6 if x2 > x1 else 6
        head = f"M{x2 + back} {y2 - 4}L{x2} {y2}L{x2 + back} {y2 + 4}"
    else:
        head = f"M{x2 - 4} {y2 - 6}L{x2} {y2}L{x2 + 4} {y2 - 6}"
    return (
        f'<path class="{kind}"{dashes} d="M{x1} {y1}L{x2} {y2}"/><path class="{kind}" d="{head}"/>'
    )


def _note(note: Note, places: list[int], y: int) -> str:
    width = 16 + int(6.1 * len(note.text))
    left = min(max(places[note.lane] - width // 2, 4), _WIDTH - 4 - width)
    box = f'x="{left}" y="{y - 17}" width="{width}" height="22" rx="5"'
    return (
        f'<rect class="cover" {box}/><rect class="box" {box}/>'
        f'<text class="small" x="{left + width // 2}" y="{y - 2}" text-anchor="middle">'
        f"{escape(note.text)}</text>"
    )


DIAGRAMS = {
    "receipt": sequence(
        "A call whose reply is lost is sent again, and Redis answers it from the receipt",
        {"session": 54, "Redis": 346},
        [
            Call(0, 1, "add items, token 7f3a"),
            Note(1, "stores items and receipt 7f3a in one step"),
            Call(1, 0, "OK", dashed=True, lost=True),
            Note(0, "no reply: sends the same call again"),
            Call(0, 1, "add items, token 7f3a"),
            Note(1, "finds receipt 7f3a, and changes nothing"),
            Call(1, 0, "OK", dashed=True),
            Note(0, "the items are there once"),
        ],
    ),
    "turn": sequence(
        "A turn reads once when it begins and stores once when it ends",
        {"Runner": 48, "turn": 200, "Redis": 352},
        [
            Note(1, "the block begins"),
            Call(1, 2, "begin: take the lease"),
            Call(2, 1, "the history", dashed=True),
            Call(0, 1, "get_items"),
            Call(1, 0, "the history", dashed=True),
            Note(0, "model and tools: seconds"),
            Call(0, 1, "add_items, five times"),
            Note(1, "kept in the process"),
            Note(1, "the block ends"),
            Call(1, 2, "commit: all, or nothing"),
            Note(2, "items, key, end of the lease"),
            Call(2, 1, "stored", dashed=True),
        ],
    ),
    "layers": stack(
        "The layers of the package, from the public classes down to Redis",
        [
            Layer(
                "Your code, and the Runner", "session, turn, manager; blocking code uses as_async()"
            ),
            Layer("Sessions and managers", "_async/ is the source; _sync/ is generated from it"),
            Layer("Conversation and stored list", "items in and out; each operation is one script"),
            Layer("Delivery: the one door", "send, retry, explain, clean up after an interruption"),
            Layer("Bridge", "_aio and _blocking: what cannot be the same in both APIs"),
            Layer("Shared by both", "the Lua, JSON, keys, errors, times to wait, checks"),
            Layer("Redis", "one list for each conversation, and side keys that expire"),
        ],
    ),
}


def main() -> None:
    for name, drawn in DIAGRAMS.items():
        (IMAGES / f"{name}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
