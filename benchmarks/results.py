"""The results of a benchmark: its facts, and what the documentation shows of them.

Every benchmark prints its tables. With `--write` it also keeps its facts in `benchmarks/results`,
and draws the tables and charts of the documentation. `--redraw` draws them again without measuring.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.tables import Table

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.facts import Facts

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Results:
    """What is made of the facts of a benchmark.

    Attributes:
        pages: Makes the tables and paragraphs, by their names in `docs/_measured`.
        charts: Draw the charts, by their names in `docs/img/chart-*`.
        bounds: Returns the bounds: their titles, and whether they hold.
    """

    name: str
    pages: Callable[[Facts], Mapping[str, Table | str]]
    charts: Mapping[str, Callable[[Facts], str]] = field(default_factory=dict)
    bounds: Callable[[Facts], Sequence[Facts]] = lambda _: ()

    def main(self, parser: ArgumentParser, measure: Callable[[Namespace], Facts]) -> int:
        """Do what the command line asks for; return the exit status."""
        kinds = parser.add_mutually_exclusive_group()
        kinds.add_argument("--quick", action="store_true", help="a trial run, with few rounds")
        kinds.add_argument("--write", action="store_true", help="keep the results for the docs")
        kinds.add_argument("--redraw", action="store_true", help="draw what was kept once more")
        options = parser.parse_args()
        if options.redraw:
            self.write(self.kept())
            return 0
        facts = measure(options)
        for page in self.pages(facts).values():
            print(page.plain() if isinstance(page, Table) else page, end="\n\n")
        if options.write:
            self.write(facts)
        bounds = self.bounds(facts)
        over = [f"OVER: {bound['title']}" for bound in bounds if not bound["holds"]]
        if bounds:
            print(*(over or ["Every bound holds."]), sep="\n")
        if over and options.quick:
            print("Not a failure: a quick run is too short to be reliable.")
        return 1 if over and not options.quick else 0

    def kept(self) -> Facts:
        """Return the facts of the run that the documentation shows."""
        facts: Facts = json.loads((ROOT / self._path).read_text(encoding="utf-8"))
        return facts

    def write(self, facts: Facts, root: Path = ROOT) -> None:
        """Keep the facts, and what the documentation shows of them."""
        for name, text in (self.drawn(facts) | {self._path: _json(facts)}).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def drawn(self, facts: Facts) -> dict[str, str]:
        """Return the files of the documentation, by path."""
        pages = {
            f"docs/_measured/{name}.md": f"{_markdown(page)}\n"
            for name, page in self.pages(facts).items()
        }
        return pages | {
            f"docs/img/chart-{name}.svg": draw(facts) for name, draw in self.charts.items()
        }

    @property
    def _path(self) -> str:
        return f"benchmarks/results/{self.name}.json"


def _markdown(page: Table | str) -> str:
    return page.markdown() if isinstance(page, Table) else page


def _json(facts: Facts) -> str:
    return json.dumps(facts, indent=2) + "\n"
