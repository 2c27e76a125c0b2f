# Generated from src/openai_agents_session/_async/operations.py by tools/generate.py; edit that file instead.
"""Reporting the operations of a class to the observer."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .. import _observer

if TYPE_CHECKING:
    from collections.abc import Callable

Method = TypeVar("Method", bound="Callable[..., Any]")


def observed(
    name: str, *, items: Callable[[Any, Any], int | None] | None = None, by_id: bool = False
) -> Callable[[Method], Method]:
    """Report each call of a method as an operation, if there is an observer.

    Args:
        name: What the operation is called.
        items: Counts its items, given the result and the first argument.
        by_id: Whether the first argument names the session that it is about.
    """

    def decorate(method: Method) -> Method:
        first = next(islice(signature(method).parameters, 1, None), "")  # after self

        @wraps(method)
        def call(self: Any, *args: Any, **options: Any) -> Any:
            observer = _observer.current
            if observer is None:
                return method(self, *args, **options)
            target, argument = self._target, args[0] if args else options.get(first)
            if by_id:
                target = target._replace(session_id=argument)
            with observer.operation(name, target) as operation:
                result = method(self, *args, **options)
                if items is not None:
                    operation.counted(items(result, argument))
                return result

        return cast("Method", call)

    return decorate


def returned(result: Any, _: Any) -> int:
    """Count the items that were returned."""
    return len(result)


def given(result: Any, items: Any) -> int | None:
    """Count the items that were passed; those of an iterator are gone."""
    return 0 if result is False else len(items) if hasattr(items, "__len__") else None


def one(result: Any, _: Any) -> int:
    """Count the item that was passed, unless nothing was done."""
    return int(bool(result))
