"""Arguments and options that several commands share."""

from typing import Annotated

import typer

SessionId = Annotated[str, typer.Argument(metavar="ID", help="The conversation.")]
SessionIds = Annotated[list[str], typer.Argument(metavar="ID...", help="The conversations.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
