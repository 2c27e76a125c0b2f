"""The command `doctor`."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import typer

from .doctor.finding import Finding
from .failures import Failed
from .options import AsJson
from .output import on_terminal, print_json, visible
from .program import examples
from .store import Store
from .tables import Column, console, print_table
from .wording import counted

_COLUMNS = [Column("check"), Column("status"), Column("message"), Column("cure")]
_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red", "unknown": "cyan"}
_WIDTHS = (8, 12)  # of status and check: each finding is printed as it is found


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Examine Redis for what makes conversations fail or get lost.

    It changes nothing but one key per server, which it removes. Exit status 1: there is a problem.
    """
    problems: list[Finding] = []
    findings = _noted(_found(context.obj), problems)
    if as_json:
        for finding in findings:
            print_json(asdict(finding))
    elif on_terminal():
        _print_on_terminal(findings)
    else:
        rows = ((f.check, f.status, f.message, f.cure) for f in findings)
        print_table(_COLUMNS, rows)
    if problems:
        raise Failed(f"{counted(len(problems), 'problem')} found")


def _found(store: Store) -> Iterator[Finding]:
    from .doctor.examination import examine

    _ = store.user  # a name that cannot be used is refused here
    return examine(store.manager, store.prefix, store.user_id)


def _noted(findings: Iterable[Finding], problems: list[Finding]) -> Iterator[Finding]:
    for finding in findings:
        if finding.status == "problem":
            problems.append(finding)
        yield finding


def _print_on_terminal(findings: Iterable[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    for finding in findings:
        line = Table.grid(padding=(0, 1))
        for width in _WIDTHS:
            line.add_column(min_width=width)
        line.add_column(overflow="fold")
        lines = [finding.message, *([f"-> {finding.cure}"] if finding.cure else [])]
        line.add_row(
            Text(finding.status, style=_STYLES[finding.status]),
            Text(finding.check),
            Text("\n".join(map(visible, lines))),
        )
        console(sys.stdout).print(line)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("doctor", epilog=examples("doctor", "--prefix session --user alice doctor --json"))(
        doctor
    )
