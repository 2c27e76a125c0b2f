"""Arguments and options that several commands share."""

from collections.abc import Callable
from typing import Annotated

import typer

from .failures import WrongUsage

ID_HELP = "The conversation; write -- before an ID that begins with -."
IDS_HELP = "The conversations; write -- before IDs that begin with -."

SessionId = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)]
SessionIds = Annotated[list[str], typer.Argument(metavar="ID...", help=IDS_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def whole_number(option: str, least: int) -> Callable[[str], int]:
    """Return a function that reads a number, and says in plain words what it must be."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise WrongUsage(f"{option} must be a whole number of {least} or more")
        return number

    return read
