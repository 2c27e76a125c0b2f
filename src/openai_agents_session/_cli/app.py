"""The program: its global options, and the commands.

A command is a function of a module whose `add_to(app)` registers it, and `_MODULES` below lists
these modules. It has the form

    def show(context: typer.Context, session_id: SessionId, as_json: AsJson = False) -> None:
        store: Store = context.obj

    def add_to(app: typer.Typer) -> None:
        app.command("show", epilog=examples("show user-123"))(show)

- The first line of its docstring is what `--help` says of it. `options.py` has the arguments and
  options that several commands share. Its modules do without `from __future__ import annotations`:
  typer reads the annotations. No option may be called `--url`, `--prefix` or `--user`: the global
  ones may also follow the command.
- `context.obj` is the `Store`: the manager, opened on first use, and the sessions of the user if
  `--user` names one. `Store.close` is called at the end.
- Everything is printed through `output.py` and `tables.py`, which escape what a terminal would
  obey. Diagnoses go to stderr: `output.note`.
- A command fails by raising `failures.Failed` (status 1) or `failures.WrongUsage` (status 2) with
  one line. Errors of Redis and of the system need not be caught. A command that has already named
  several failures with `output.note` raises `typer.Exit(1)`.
- A command that destroys something calls `asking.ask`.
- Slow imports are made in functions: `--help` imports neither redis-py nor rich.
"""

from importlib import metadata
from typing import Annotated

import typer

from . import changing, diagnosis, exporting, importing, listing, migrating, removing, showing
from .output import print_line
from .program import NAME, Program
from .store import Store

# In the order of --help.
_MODULES = (
    listing,
    showing,
    changing,
    removing,
    exporting,
    importing,
    migrating,
    diagnosis,
)

_EPILOG = f"""
\b
Without --url, the variables REDIS_URL, or REDIS_HOST, REDIS_PORT, REDIS_DB
and REDIS_PASSWORD, say where Redis is. The default is redis://localhost:6379.

\b
These options may also follow the command.

\b
Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted by Ctrl-C.

\b
Examples:
  {NAME} list
  {NAME} --prefix session --user alice show holiday --last 10
  {NAME} stats user-123 --json
"""

app = typer.Typer(
    cls=Program,
    rich_markup_mode=None,  # what is typed and stored is never taken for markup
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print_line(f"{NAME} {metadata.version('openai-agents-session')}")
        raise typer.Exit


@app.callback()
def program(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where Redis is.")] = None,
    prefix: Annotated[
        str | None,
        typer.Option(metavar="P", help="Prefix of all keys, by default openai_agents_session."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(metavar="U", help="The user whose conversations are meant, if any."),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Look after the conversations that openai-agents-session keeps in Redis."""
    context.obj = Store(url, prefix, user)
    context.call_on_close(context.obj.close)


for _module in _MODULES:
    _module.add_to(app)
