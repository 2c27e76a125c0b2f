"""Asking before something is destroyed."""

import sys

from .failures import Failed, WrongUsage
from .output import visible


def ask(question: str, *, yes: bool) -> None:
    """Return if the user agrees, or has agreed with `--yes`; otherwise fail.

    Without a terminal there is nobody to ask.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise WrongUsage("there is no terminal to ask for confirmation; pass --yes")
    print(f"{visible(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Failed("nothing was changed")
