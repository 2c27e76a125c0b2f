"""What a check reports, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "problem", "unknown"]


@dataclass(frozen=True)
class Finding:
    """What a check reports.

    Attributes:
        check: What was checked, such as "eviction".
        status: "problem" if conversations fail or can be lost while everything runs, "warning" if
            something else can go wrong, "unknown" if Redis does not let us see.
        message: What was found.
        cure: What to do about it; empty if nothing needs to be done.
    """

    check: str
    status: Status
    message: str
    cure: str = ""


def ok(check: str, message: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(check, "ok", message)


def warning(check: str, message: str, cure: str) -> Finding:
    """Return a finding that should be looked at."""
    return Finding(check, "warning", message, cure)


def problem(check: str, message: str, cure: str) -> Finding:
    """Return a finding that must be dealt with."""
    return Finding(check, "problem", message, cure)


def unknown(check: str, message: str, cure: str) -> Finding:
    """Return the finding of a check that was not allowed to look."""
    return Finding(check, "unknown", message, cure)
