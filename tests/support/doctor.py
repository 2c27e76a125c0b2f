"""What the command `doctor` says of a server."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from openai_agents_session.__main__ import main

if TYPE_CHECKING:
    from .server import Server

_ROOT = Path(__file__).parents[2]
SECRET = "s3cr3t-w0rd"
"""A password that no test may find in what is printed."""


@dataclass(frozen=True)
class Finding:
    check: str
    status: str
    message: str
    cure: str


@dataclass(frozen=True)
class Diagnosis:
    """What was found, the exit status, and the reason for it."""

    findings: list[Finding]
    exit_status: int
    stderr: str

    def of(self, check: str, status: str) -> Finding:
        """The only finding of a check with this status."""
        found = [f for f in self.findings if (f.check, f.status) == (check, status)]
        assert len(found) == 1, self.findings
        return found[0]

    def statuses(self) -> dict[str, set[str]]:
        """Every status of each check that has another one than ok."""
        found: dict[str, set[str]] = {}
        for finding in self.findings:
            if finding.status != "ok":
                found.setdefault(finding.check, set()).add(finding.status)
        return found


def documented_user() -> list[str]:
    """The words of the ACL command in the documentation: a name, and rules."""
    page = _ROOT / "docs" / "reliability.md"
    found = re.search(r"(?ms)^ACL SETUSER (.*?)^```", page.read_text(encoding="utf-8"))
    assert found is not None
    return found[1].replace("\\\n", " ").split()


def permit_documented_user(server: Server, *more: str) -> None:
    """Make the user that the documentation recommends, with other rules behind its own."""
    name, *rules = documented_user()
    rules = [f">{SECRET}" if rule.startswith(">") else rule for rule in rules]
    server.command("ACL", "SETUSER", name, "reset", *rules, *more)


def documented_url(server: Server) -> str:
    """The URL of that user."""
    return f"redis://{documented_user()[0]}:{SECRET}@{server.host}:{server.port}"


@dataclass(frozen=True)
class Printed:
    """What a program has printed, and its exit status."""

    stdout: str
    stderr: str
    exit_status: int


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: str, terminal: bool = False) -> Printed:
    """Run the command line in this process, which is much faster than to start another one."""
    out, err = _Terminal() if terminal else io.StringIO(), io.StringIO()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("REDIS_")}
    with (
        patch.object(sys, "argv", ["openai-agents-session", *arguments]),
        patch.dict(os.environ, variables, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            return Printed(out.getvalue(), err.getvalue(), int(ended.code or 0))
    raise AssertionError("the command line returned to its caller")


def diagnose(url: str, *options: str) -> Diagnosis:
    """Run `doctor --json`, and check what is true of every diagnosis."""
    done = run("--url", url, *options, "doctor", "--json")
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    findings = [Finding(**json.loads(line)) for line in done.stdout.splitlines()]
    assert findings, done.stderr
    for finding in findings:
        assert finding.status in {"ok", "warning", "problem", "unknown"}
        assert finding.message
        assert bool(finding.cure) == (finding.status != "ok"), finding
    has_problem = any(finding.status == "problem" for finding in findings)
    assert done.exit_status == (1 if has_problem else 0), done.stderr
    assert bool(done.stderr) == has_problem
    return Diagnosis(findings, done.exit_status, done.stderr)
