"""The names that Python's own messages give to methods."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Class = TypeVar("Class", bound=type)


def methods_of(name: str) -> Callable[[Class], Class]:
    """Have the methods of a base class go by the name of the class that users write.

    Python says `RedisSession.__init__() missing 1 required positional argument`, for instance, or
    `coroutine 'RedisSession.count' was never awaited`.
    """

    def decorate(base: Class) -> Class:
        for member in vars(base).values():
            function = getattr(member, "__func__", member)  # of a class method
            while isinstance(function, FunctionType):
                function.__qualname__ = f"{name}.{function.__name__}"
                function = getattr(function, "__wrapped__", None)
        return base

    return decorate
