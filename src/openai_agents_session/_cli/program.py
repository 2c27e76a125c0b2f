"""How the program is called: from arguments to an exit status."""

import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import Any

import typer
from typer.core import TyperGroup

from .failures import WRONG_USAGE, Reported, WrongUsage

NAME = "openai-agents-session"

_GLOBAL = ("--url", "--prefix", "--user")


class Program(TyperGroup):
    """The commands. Every failure ends in one line and an exit status."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,  # noqa: ARG002  `python -m` would give the name of a file
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command that the arguments name, and exit."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):  # what it cannot encode is shown as an escape
                stream.reconfigure(errors="backslashreplace")
        return super().main(args, NAME, complete_var, standalone_mode, windows_expand_args, **extra)

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
        """Read the global options, wherever they stand."""
        if not args and not extra.get("resilient_parsing"):
            parsed = super().make_context(info_name, [], *more, resilient_parsing=True, **extra)
            print(parsed.get_help(), file=sys.stderr)
            raise typer.Exit(WRONG_USAGE)
        with Reported():
            return super().make_context(info_name, list(_global_first(args)), *more, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with Reported():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


def examples(*calls: str) -> str:
    """Return what `--help` ends with."""
    return "\n".join(["\b", "Examples:", *(f"  {NAME} {call}" for call in calls)])


def _global_first(args: Sequence[str]) -> Iterator[str]:
    """Yield the arguments, the global options first: they may follow the command, too."""
    rest = iter(args)
    others = []
    for argument in rest:
        if argument == "--":
            others += [argument, *rest]
        elif argument in _GLOBAL:
            value = next(rest, None)
            if value is None:
                raise WrongUsage(f"{argument} needs a value")
            yield f"{argument}={value}"
        elif argument.startswith(tuple(f"{name}=" for name in _GLOBAL)):
            yield argument
        else:
            others.append(argument)
    yield from others
