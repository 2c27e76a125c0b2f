"""The command line: `openai-agents-session`, or `python -m openai_agents_session`."""

from __future__ import annotations

import os
import sys

_EXTRA = {"typer", "rich"}
_INTERRUPTED = 130


def main() -> None:
    """Run the command line, or say what has to be installed for it."""
    _open_what_is_closed()
    try:
        import rich  # noqa: F401  commands need it later, on a terminal

        from ._cli.app import app

        app()
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        sys.exit(
            f"openai-agents-session: {missing} is not installed; the command line needs it: "
            "pip install 'openai-agents-session[cli]'"
        )
    except KeyboardInterrupt:  # while modules are imported
        sys.exit(_INTERRUPTED)


def _open_what_is_closed() -> None:
    """Let nothing be written to the terminal or the connection that would take its number."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = open(os.devnull, "r" if name == "stdin" else "w")  # noqa: PTH123, SIM115
            setattr(sys, name, stream)


if __name__ == "__main__":
    main()
