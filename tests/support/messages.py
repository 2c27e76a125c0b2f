"""The texts of errors and log records in a source file; what they fill in is shown as `...`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LEVELS = {"debug", "info", "warning", "error", "exception"}
_FILLED_IN = "..."


def messages(path: Path) -> set[str]:
    """Return the texts that the code of a module raises, returns as an error, or logs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = dict(_assignments(tree))
    found = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and (text := _text_of(call, assigned)):
            found.add(text)
    return found


def _assignments(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _text_of(call: ast.Call, assigned: dict[str, ast.expr]) -> str | None:
    name = ast.unparse(call.func)
    if name == "_Text":  # the parts of an error about a call: its class, what happened, the cure
        happened, cure = (_template(part, assigned) for part in call.args[1:])
        return f"{happened}: {_FILLED_IN}; {cure}"
    if not call.args:
        return None
    owner, _, method = name.rpartition(".")
    if owner.endswith("logger") and method in _LEVELS:
        return re.sub(r"%[rsd]|%\.\df", _FILLED_IN, _template(call.args[0], assigned))
    if name.rpartition(".")[2].endswith("Error"):
        return _template(call.args[0], assigned)
    return None


def _template(value: ast.expr, assigned: dict[str, ast.expr]) -> str:
    """Return a text with everything that is only known at run time left out."""
    if isinstance(value, ast.Name) and value.id in assigned:
        return _template(assigned[value.id], {})
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return re.sub(r"\{\w+\}", _FILLED_IN, value.value)
    if isinstance(value, ast.JoinedStr):
        parts = (
            part.value if isinstance(part, ast.Constant) else _FILLED_IN for part in value.values
        )
        return "".join(str(part) for part in parts).replace(_FILLED_IN * 2, _FILLED_IN)
    return _FILLED_IN
