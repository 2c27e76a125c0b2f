"""Pydantic models as items: what the model's API accepts of them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from math import isfinite
from typing import Any


def dump_model(item: object) -> dict[str, Any] | None:
    """Return a model as JSON-serializable values, or None if the item is not a model.

    Nulls that nobody set are left out, at every depth: the model's API refuses them. A field that
    was set to None stays.
    """
    dump = getattr(item, "model_dump", None)
    if not callable(dump) or isinstance(item, type):
        return None
    dumped = dump(mode="json")
    return _without_unset_nulls(item, dumped) if isinstance(dumped, dict) else None


def _without_unset_nulls(value: object, dumped: Any) -> Any:
    if dumped is None and isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is not a number in JSON")  # pydantic makes it null
    if isinstance(dumped, dict):
        members, unset = _members(value)
        return {
            key: _without_unset_nulls(members.get(key), member)
            for key, member in dumped.items()
            if member is not None or key not in unset
        }
    if isinstance(dumped, list) and isinstance(value, (list, tuple)) and len(value) == len(dumped):
        return [_without_unset_nulls(*pair) for pair in zip(value, dumped, strict=True)]
    return dumped


def _members(value: Any) -> tuple[Mapping[str, Any], AbstractSet[str]]:
    """Return what is under each key, and the keys of fields that were never set.

    A value that a serializer has given another form has neither.
    """
    if isinstance(value, Mapping):
        return value, frozenset()
    fields = getattr(type(value), "model_fields", None)
    were_set = getattr(value, "model_fields_set", None)
    if not isinstance(fields, Mapping) or not isinstance(were_set, AbstractSet):
        return {}, frozenset()
    members, unset = dict(value), set()
    for name, field in fields.items():
        keys = {name, getattr(field, "serialization_alias", None) or name}
        members |= dict.fromkeys(keys, members.get(name))
        if name not in were_set:
            unset |= keys
    return members, unset
