"""The chart in the documentation: the duration of the calls of a turn in each store."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.footprint import title_of_store
from benchmarks.rounds import ROUND_TRIP
from benchmarks.stores import STORES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from benchmarks.facts import Facts

_OPERATIONS = ("add-1", "pop", "get-1000", "turn")
_ORDER = (
    "raw",
    "raw-blocking",
    "ours",
    "ours-blocking",
    "old",
    "sdk",
    "sqlite",
)
_RAW, _OURS, _OTHERS = "#9e9e9e", "#d32f2f", "#5c7caa"
_INK = "#000000"  # matplotlib's; replaced by the colour of the text around the chart
_COLOURS = """<style>
svg.diagram:root{color:#212121}
@media (prefers-color-scheme:dark){svg.diagram:root{color:#e0e0e0}}
.diagram .chart *{stroke-linejoin:round;stroke-linecap:butt}
.diagram .chart text{fill:currentColor}
</style>"""
_STYLE: Any = {
    "font.size": 9,
    "svg.fonttype": "none",  # keep text as text: small, and sharp in every browser
    "font.family": "sans-serif",
    "svg.hashsalt": "speed",  # the same facts always give the same bytes
}


def plot(facts: Facts) -> str:
    """Draw bars for some operations; return the SVG."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 5.2))
        for axes, name in zip(figure.subplots(2, 2).flat, _OPERATIONS, strict=True):
            _bars(axes, facts["operations"][name])
        figure.suptitle(
            f"µs per call (x raw redis-py), with a TTL, at a PING of {ROUND_TRIP * 1e6:.0f} µs"
        )
        figure.tight_layout()
        output = StringIO()
        hidden = {"Date": None, "Creator": None}
        figure.savefig(output, format="svg", metadata=hidden, transparent=True)
    return _for_every_colour_scheme(output.getvalue())


def _for_every_colour_scheme(svg: str) -> str:
    """Return a picture that can be a part of a page, with the colour of its text."""
    found = re.search(r'viewBox="([^"]+)".*?</defs>(.*)</svg>', svg, re.DOTALL)
    assert found
    head = f'<svg class="diagram" xmlns="http://www.w3.org/2000/svg" viewBox="{found[1]}" '
    head += 'xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-label="Chart">'
    drawn = found[2].replace(_INK, "currentColor")
    drawn = re.sub(r"font-family: [^;\"]+", "font-family: system-ui, sans-serif", drawn)
    text = "\n".join([head, _COLOURS, '<g class="chart">', drawn, "</g>", "</svg>"])
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def _bars(axes: Axes, operation: dict[str, Any]) -> None:
    stores = [store for store in reversed(_ORDER) if store in operation["stores"]]
    values = [operation["stores"][store]["normalised us"] for store in stores]
    titles = [title_of_store(store) for store in stores]
    bars = axes.barh(titles, values, color=[_colour(store) for store in stores])
    labels = [_label(operation["stores"][store]) for store in stores]
    axes.bar_label(bars, labels=labels, padding=3)
    axes.set_title(operation["title"], loc="left", fontweight="bold")
    axes.set_xlim(0, max(values) * 1.3)  # space for the label
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _label(row: dict[str, Any]) -> str:
    return f"{row['normalised us']:,.0f} ({row['to raw']:.2f}x)"


def _colour(store: str) -> str:
    if STORES[store].is_raw:
        return _RAW
    return _OURS if store.startswith("ours") else _OTHERS
