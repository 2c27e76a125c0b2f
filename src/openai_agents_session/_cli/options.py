"""Arguments and options that several commands share."""

from typing import Annotated

import typer

ID_HELP = "The conversation; write -- before an ID that begins with -."
IDS_HELP = "The conversations; write -- before IDs that begin with -."

SessionId = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)]
SessionIds = Annotated[list[str], typer.Argument(metavar="ID...", help=IDS_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
