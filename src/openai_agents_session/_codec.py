"""Encode items as JSON for Redis, and decode them.

What comes back equals what went in. One element of the list is one JSON object in UTF-8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeAlias, cast

from jiter import from_json

from ._pydantic_models import dump_model

Item: TypeAlias = dict[str, Any]

_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
MAX_NESTING = 500
"""Levels of nesting: reading must not fail, however deep the caller's stack already is."""

_CONTAINERS = (dict, list, tuple)
_PLAIN = {str, int, bool, type(None)}
_SPLIT_CHARACTER = "[\ud800-\udbff][\udc00-\udfff]"


def encode_items(items: Iterable[object]) -> list[bytes]:
    """Encode a batch, or none of it.

    Raises:
        TypeError: An item is not a mapping or pydantic model, or contains a value that JSON cannot
            represent.
        ValueError: An item contains NaN, an infinity, itself, or a character split into
            surrogates, or is nested too deeply.
    """
    if type(items) is not list and isinstance(items, (str, bytes, Mapping)):
        raise TypeError(f"items must be a list of items, not a {type(items).__name__}")
    return [_encode(item, position) for position, item in enumerate(items)]


def encode_value(value: object, name: str) -> bytes:
    """Encode a value, which errors call by this name.

    Raises:
        TypeError: It contains a value that JSON cannot represent.
        ValueError: It contains NaN, an infinity, itself, or a character split into surrogates, or
            is nested too deeply.
    """
    try:
        text = _compact(value)
        _check_members(value, 1)
    except TypeError as error:
        raise TypeError(f"{name} cannot be stored as JSON: {error}") from error
    except ValueError as error:
        raise ValueError(f"{name} cannot be stored as JSON: {error}") from error
    except RecursionError as error:
        raise ValueError(f"{name} is nested too deeply for JSON") from error
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        if re.search(_SPLIT_CHARACTER, text):
            raise ValueError(
                f"{name} contains a surrogate pair, which JSON would decode as one character"
            ) from error
        # UTF-8 has no lone surrogates; JSON has them as escapes.
        return _ascii(value).encode("ascii")


def decode_value(text: bytes | str) -> object:
    """Decode JSON, or return None for what is not JSON."""
    if isinstance(text, str):
        text = text.encode("utf-8")  # see `_scripts.readable`
    try:
        return from_json(text)
    except ValueError:
        # The fast parser refuses a few valid texts: lone surrogates, deep nesting.
        return _decode_slowly(text)


def decode_element(element: bytes | str) -> Item | None:
    """Decode one element of the list, or return None if it is not a JSON object."""
    value = decode_value(element)
    return value if isinstance(value, dict) else None


def decode_elements(elements: Sequence[bytes | str]) -> tuple[list[Item], list[int]]:
    """Decode a list: its items, and the offsets of elements that are not items."""
    try:
        values = [from_json(element) for element in cast("Sequence[bytes]", elements)]
    except (TypeError, ValueError):
        values = [decode_element(element) for element in elements]
    if set(map(type, values)) <= {dict}:
        return values, []
    broken = [offset for offset, value in enumerate(values) if not isinstance(value, dict)]
    return [value for value in values if isinstance(value, dict)], broken


def _encode(item: object, position: int) -> bytes:
    if type(item) is dict and _is_plain(item, MAX_NESTING):
        try:
            return _to_json(item)
        except ValueError:
            pass  # a lone surrogate, or nesting that the fast encoder does not follow
    return _encode_slowly(item, position)


def _is_plain(container: Any, levels: int) -> bool:
    """Return whether every JSON encoder would write this the same way."""
    if type(container) is dict:
        for key in container:
            if type(key) is not str:
                return False
        container = container.values()
    for value in container:
        kind = type(value)
        if kind in _PLAIN:
            continue
        if kind is dict or kind is list or kind is tuple:
            if levels == 1 or not _is_plain(value, levels - 1):
                return False
        elif kind is not float or not isfinite(value):
            return False
    return True


def _import_and_encode(item: object) -> bytes:
    global _to_json
    from pydantic_core import to_json

    _to_json = to_json
    return to_json(item)


# The fast encoder is slow to import, and code that only reads does not need it.
_to_json: Callable[[Any], bytes] = _import_and_encode


def _encode_slowly(item: object, position: int) -> bytes:
    name = f"items[{position}]"
    try:
        fields = _fields(item)
    except TypeError as error:
        raise TypeError(f"{name} cannot be stored as JSON: {error}") from error
    except ValueError as error:  # from the serializer of a pydantic model
        raise ValueError(f"{name} cannot be stored as JSON: {error}") from error
    return encode_value(fields, name)


def _fields(item: object) -> Mapping[str, Any]:
    if isinstance(item, dict):
        return item
    dumped = dump_model(item)
    if dumped is not None:
        return dumped
    if isinstance(item, Mapping):
        return dict(item)
    raise TypeError(f"an item is a mapping or a pydantic model, not {type(item).__name__}")


def _check_members(value: Any, depth: int) -> None:
    """Refuse what the encoder accepts silently: non-string keys, and endless nesting."""
    if depth > MAX_NESTING:
        raise ValueError(f"it is nested too deeply, more than {MAX_NESTING} levels")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"keys must be strings, not {type(key).__name__}")
        value = value.values()
    for member in value:
        if isinstance(member, _CONTAINERS):
            _check_members(member, depth + 1)


def _decode_slowly(element: bytes) -> object:
    try:
        return json.loads(str(element, "utf-8"))
    except ValueError:
        return None
