"""The names of keys: which of them are conversations, and which are kept beside one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .servers import Servers

_SIDE = r"(?:lock|pops|t|k|info|r:[0-9a-f]{32})"
_TAGGED = re.compile(rf"(?s)\{{([^}}]+)\}}:~({_SIDE})")
_TAGS_ITSELF = re.compile(rf"(?s)(.*):~:({_SIDE})")
_GLOB_CHARACTER = re.compile(r"[\\*?\[\]]")
_SHOWN = 3


class Name(NamedTuple):
    """What the name of a key says.

    Attributes:
        key: The key.
        kind: What is stored there; "refused" if the library cannot open it, "other" if it is none
            of ours.
        session_id: The conversation that it belongs to; for what is refused, the reason.
    """

    key: bytes
    kind: Literal["conversation", "lock", "side", "refused", "other"]
    session_id: str = ""


def pattern(servers: Servers) -> str:
    """Return a glob that all keys match, those beside a conversation included."""
    inner = (
        servers.key_prefix if servers.user is None else f"{servers.key_prefix}{{{servers.user}}}"
    )
    literal = _GLOB_CHARACTER.sub(r"\\\g<0>", inner)
    return f"*{literal}*"


def index_key(servers: Servers) -> str:
    """Return the key of the index of the user's conversations."""
    return f"{servers.key_prefix}{{{servers.user}}}~index"


def read(servers: Servers, key: bytes) -> Name:
    """Return what the name of a key says."""
    owner = "" if servers.user is None else f"{{{servers.user}}}"
    prefix = f"{servers.key_prefix}{owner}:"
    try:
        text = key.decode("utf-8")
    except UnicodeDecodeError:
        is_ours = key.startswith(prefix.encode())
        return Name(key, "refused", "it is not UTF-8") if is_ours else Name(key, "other")
    side = _TAGGED.fullmatch(text) or _TAGS_ITSELF.fullmatch(text)
    if side and side[1].startswith(prefix):
        kind: Literal["lock", "side"] = "lock" if side[2] == "lock" else "side"
        return Name(key, kind, side[1].removeprefix(prefix))
    if not text.startswith(prefix):
        return Name(key, "other")
    session_id = text.removeprefix(prefix)
    try:
        servers.session(session_id)
    except ValueError as error:
        return Name(key, "refused", str(error))
    return Name(key, "conversation", session_id)


def quoted(name: str) -> str:
    """Return a name as an argument that redis-cli reads, in ASCII."""
    characters = (
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}"
        for byte in name.encode("utf-8")
    )
    return f'"{"".join(characters)}"'


def shown(names: Sequence[bytes | str]) -> str:
    """Return the first few names, escaped, and how many more there are."""
    first = [
        name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
        for name in names[:_SHOWN]
    ]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(map(repr, first))}{more}"
