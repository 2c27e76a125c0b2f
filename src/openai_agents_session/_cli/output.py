"""What is printed: data to stdout, the rest to stderr, and nothing that a terminal would obey."""

import json
import re
import sys
import unicodedata
from contextlib import suppress

_JOINERS = "\u200c\u200d"  # letters of some scripts, and parts of emoji, are joined by them
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SUSPICIOUS = re.compile(r"[^ -~]")


def visible(text: str) -> str:
    """Return a text in one line, with escapes for what cannot be seen: controls, bidi marks."""
    return _SUSPICIOUS.sub(_escape, text)


def print_line(text: str) -> None:
    """Print a line of data; see `visible`."""
    print(visible(text))


def print_json(value: object) -> None:
    """Print a JSON object as one line, in ASCII: valid in every encoding, and safe to look at."""
    print(json.dumps(value, ensure_ascii=True, allow_nan=False).replace("\x7f", "\\u007f"))


def note(text: str) -> None:
    """Print a line to stderr: a failure, or what the user should know."""
    with suppress(OSError, ValueError):  # nobody reads it
        print(f"openai-agents-session: {visible(text)}", file=sys.stderr)


def on_terminal() -> bool:
    """Return whether stdout is a terminal. If not, nothing is coloured, cut or wrapped."""
    return sys.stdout.isatty()


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    kind = unicodedata.category(character)
    if character in _JOINERS or kind not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
