"""What a benchmark keeps is what the documentation shows, and can be drawn again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import speed, telemetry, turns, users
from benchmarks.results import ROOT, Results
from benchmarks.tables import Table

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = (speed.RESULTS, turns.RESULTS, users.RESULTS, telemetry.RESULTS)
FACTS: Any = {"bounds": [{"title": "slow", "holds": False}, {"title": "fast", "holds": True}]}
SHOWN = Results(
    "shown",
    lambda facts: {"shown": Table("Bounds", ["which"], [[b["title"]] for b in facts["bounds"]])},
    bounds=lambda facts: facts["bounds"],
)


@pytest.mark.parametrize("results", RESULTS, ids=lambda results: results.name)
def test_the_documentation_shows_the_kept_facts(results: Results, tmp_path: Path) -> None:
    results.write(results.kept(), tmp_path)
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")]
    assert len(written) > 1
    for path in written:
        assert (tmp_path / path).read_bytes() == (ROOT / path).read_bytes(), path


def test_every_kept_table_and_chart_is_drawn_from_facts() -> None:
    drawn = {name for results in RESULTS for name in results.drawn(results.kept())}
    drawn |= {f"docs/_measured/{name}.md" for name in ("conformance", "faults")}
    for folder, pattern in (("docs/_measured", "*.md"), ("docs/img", "chart-*.svg")):
        kept = {f"{folder}/{path.name}" for path in (ROOT / folder).glob(pattern)}
        assert kept == {name for name in drawn if name.startswith(folder)}


def run(results: Results, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmark", *arguments])
    return results.main(argparse.ArgumentParser(), lambda _: FACTS)


def test_a_bound_that_is_exceeded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(SHOWN, monkeypatch) == 1
    assert capsys.readouterr().out == "Bounds\nwhich\nslow\nfast\n\nOVER: slow\n"
    assert run(SHOWN, monkeypatch, "--quick") == 0


def test_a_benchmark_without_bounds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Results("plain", lambda _: {"text": "It took long."}), monkeypatch) == 0
    assert capsys.readouterr().out == "It took long.\n\n"


def test_the_results_of_a_quick_run_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        run(SHOWN, monkeypatch, "--quick", "--write")
