"""How a command fails: with one line on stderr and an exit status, never with a traceback."""

import os
import sys
from contextlib import suppress
from typing import cast

import typer

from .output import note
from .wrong_address import unknown_option, what_and_cure

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130

# Newer releases of typer bring the parts of click that they need.
_UsageError: type[Exception] = cast("type[Exception]", typer.BadParameter.__base__)


class Failed(Exception):  # noqa: N818  what the user reads is no class name
    """A command could not do what it was asked to. The text is one line: what, and why."""

    status = FAILED


class WrongUsage(Failed):
    """A command was called in a wrong way."""

    status = WRONG_USAGE


class Reported:
    """Turns whatever a block raises into a line on stderr and an exit status."""

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """End it."""
        if error is not None and not isinstance(error, (typer.Exit, SystemExit)):
            raise typer.Exit(_report(error)) from None


def _report(error: BaseException) -> int:
    """Say why a command fails, if that is to be said, and return its exit status."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):  # the reader has seen enough, as in `| head`
        _leave_the_pipe()
        return 0
    if isinstance(error, _UsageError):
        note(_usage(error))
        return WRONG_USAGE
    if unknown := unknown_option(error):
        note(unknown)
        return WRONG_USAGE
    note(reason(error))
    return error.status if isinstance(error, Failed) else FAILED


def reason(error: BaseException) -> str:
    """Return what an error says, without what it may quote: a conversation, or a password."""
    if isinstance(error, OSError) and error.strerror:
        where = error.filename or "cannot read or write"
        return f"{where}: {error.strerror}"
    text = str(error).partition(", with args beginning with:")[0]
    known = None if isinstance(error, Failed) else what_and_cure(text)
    return "; ".join(known or (text,)) or type(error).__name__


def _usage(error: Exception) -> str:
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "openai-agents-session"
    return f"{str(text).rstrip('.')}; see {path} --help"


def _leave_the_pipe() -> None:
    """Let what is still in the buffer go nowhere, or Python would complain at the end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
