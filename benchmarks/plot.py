"""The chart in the documentation: the duration of the calls of a turn in each store."""

from __future__ import annotations

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
_STYLE: Any = {
    "font.size": 9,
    "svg.fonttype": "none",  # keep text as text: small, and sharp in every browser
    "font.family": "sans-serif",
    "svg.hashsalt": "speed",  # the same facts always give the same bytes
}


def plot(facts: Facts) -> str:
    """Draw bars for some operations; return the SVG."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 5.2), facecolor="white")  # also readable on dark pages
        for axes, name in zip(figure.subplots(2, 2).flat, _OPERATIONS, strict=True):
            _bars(axes, facts["operations"][name])
        figure.suptitle(
            f"µs per call (x raw redis-py), with a TTL, at a PING of {ROUND_TRIP * 1e6:.0f} µs"
        )
        figure.tight_layout()
        output = StringIO()
        figure.savefig(output, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"


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
