"""Draw the picture of the command line in the documentation: `python -m tools.cli_picture`.

It runs the commands on a terminal, on a server of its own. What they print goes into
`docs/img/cli.svg`, or into the file that is passed.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.support.cli_data import fill
from tests.support.command_line import on_terminal
from tests.support.server import Server

PICTURE = Path(__file__).parents[1] / "docs" / "img" / "cli.svg"
COLUMNS = 110
COMMANDS = (
    ("list",),
    ("show", "user-123", "--last", "2"),
    ("--prefix", "session", "--user", "alice", "list"),
    ("list", "user-123", "--json"),
)
_FROM_ELSEWHERE = r"(?s)\s*@font-face \{.*?\}"  # a picture must not load fonts


def draw(server: Server) -> str:
    """Return the picture: the commands, and what they print."""
    fill(server)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for arguments in COMMANDS:
        console.print(Text(f"$ openai-agents-session {' '.join(arguments)}", style="bold green"))
        console.print(Text.from_ansi(on_terminal(server, *arguments, columns=COLUMNS)))
    picture = console.export_svg(title="openai-agents-session", unique_id="cli")
    return re.sub(_FROM_ELSEWHERE, "", picture)


def main() -> None:
    with Server() as server:
        picture = draw(server)
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    path.write_text(picture, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
