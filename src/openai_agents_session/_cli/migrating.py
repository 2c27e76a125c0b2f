"""The command `migrate`."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from .failures import Failed, WrongUsage, reason
from .options import AsJson
from .program import examples
from .progress import progress

if TYPE_CHECKING:
    from .sdk_sources import Source

From = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="URL",
        help="sdk-redis://HOST:PORT/DB, or sqlite:///FILE (sqlite:////FILE if it is absolute).",
    ),
]
FromPrefix = Annotated[
    str, typer.Option(metavar="P", help="The key_prefix of the SDK's RedisSession.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


def migrate(
    context: typer.Context,
    source_url: From,
    from_prefix: FromPrefix = "agents:session",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Copy what the SDK's own RedisSession or SQLiteSession has stored.

    The source is never changed. A conversation that exists is continued if its items begin those
    of the source, and left as it is otherwise. So a copy that was interrupted can be made again.
    """
    from .migration import migrate_all
    from .report import Report
    from .sdk_sources import SourceError

    report = Report(as_json=as_json, dry_run=dry_run)
    try:
        with closing(_opened(source_url, from_prefix)) as source, progress("Copying") as step:
            migrate_all(source, context.obj, report, step, dry_run=dry_run)
    except SourceError as error:
        raise Failed(str(error)) from error
    report.end()
    if report.failed:
        raise typer.Exit(1)


def _opened(url: str, key_prefix: str) -> "Source":
    from .sdk_redis import SdkRedis
    from .sdk_sqlite import SdkSqlite, sqlite_path

    try:
        if url.startswith(("sdk-redis://", "sdk-rediss://")):
            return SdkRedis(url.removeprefix("sdk-"), key_prefix)
        if url.startswith("sqlite:"):
            return SdkSqlite(sqlite_path(url))
    except ValueError as error:
        raise WrongUsage(f"--from: {reason(error)}") from error
    raise WrongUsage("--from begins with sdk-redis:// or sqlite:///")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    calls = (
        "migrate --from sdk-redis://localhost:6379 --dry-run",
        "migrate --from sqlite:///conversations.db",
    )
    app.command("migrate", epilog=examples(*calls))(migrate)
