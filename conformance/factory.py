"""Find the factory that the option `--session` names, and call it."""

from __future__ import annotations

from importlib import import_module
from inspect import isawaitable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.memory import Session

Factory: TypeAlias = "Callable[[str], Any]"


class WrongCallError(ValueError):
    """The option does not name a factory."""


class FactoryError(RuntimeError):
    """The factory made no session."""


def load_factory(name: str) -> Factory:
    """Return the factory that `module:factory` names."""
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise WrongCallError("this is not of the form module:factory")
    try:
        module = import_module(module_name)
    except (Exception, SystemExit) as error:
        raise WrongCallError(f"cannot import {module_name}: {_text(error)}") from error
    try:
        found: Any = attrgetter(path)(module)
    except Exception as error:
        raise WrongCallError(f"{module_name} has no {path}: {_text(error)}") from error
    if not callable(found):
        raise WrongCallError(f"{path} is not callable")
    factory: Factory = found
    return factory


async def make_session(factory: Factory, session_id: str) -> Session:
    """Make the session for an id, with a factory of either kind."""
    try:
        made = factory(session_id)
        session: Session | None = await made if isawaitable(made) else made
    except (Exception, SystemExit) as error:
        raise FactoryError(f"the factory raised {_text(error)}") from error
    if session is None:
        raise FactoryError("the factory returned None instead of a session")
    return session


def _text(error: BaseException) -> str:
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}"
