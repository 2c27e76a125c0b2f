"""Translate async sources into their blocking twins, line by line."""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tokenize_rt import Token, src_to_tokens, tokens_to_src
from unasync import Rule, unasync_files

MARKER = '# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".'
HEADER = "# Generated from {} by tools/generate.py; edit that file instead."

Names = Mapping[str, str]


def translate(sources: Mapping[str, str], names: Names) -> dict[str, str]:
    """Return the twin of every source, by the path of the source."""
    return {
        path: _with_header(path, _translate_prose(text, names))
        for path, text in _translate_code(sources, names).items()
    }


def with_defaults(names: Names) -> dict[str, str]:
    """Add the names that unasync replaces itself."""
    return dict(Rule("", "", names).token_replacements)


def _translate_code(sources: Mapping[str, str], names: Names) -> dict[str, str]:
    # unasync overwrites its input if the output has the same path. So it gets copies here, by
    # absolute paths, in two separate folders.
    with TemporaryDirectory() as scratch:
        before, after = Path(scratch, "before"), Path(scratch, "after")
        for path, text in sources.items():
            (before / path).parent.mkdir(parents=True, exist_ok=True)
            (before / path).write_bytes(text.encode())
        rule = Rule(f"{before}/", f"{after}/", names)
        unasync_files([str(before / path) for path in sources], [rule])
        return {path: (after / path).read_bytes().decode() for path in sources}


def _translate_prose(text: str, names: Names) -> str:
    # unasync ignores comments and docstrings, but the examples in them must be correct too.
    swaps = with_defaults(names)
    words = "|".join(re.escape(name) for name in sorted(swaps, key=len, reverse=True))
    pattern = re.compile(
        rf"(?<!\w)(?:(?:{words})(?!\w)|Async(?=[A-Z])|await |async (?=(?:def|for|with)\b))"
    )
    swaps |= {"Async": "Sync", "await ": "", "async ": ""}
    return tokens_to_src(
        token._replace(src=pattern.sub(lambda match: swaps[match[0]], token.src))
        if _is_prose(token)
        else token
        for token in src_to_tokens(text)
    )


def _is_prose(token: Token) -> bool:
    # Not b"""...""", which is data, and not f"""...""", which is one token only before Python 3.12.
    return token.name == "COMMENT" or (
        token.name == "STRING" and token.src.lstrip("rRuU").startswith(('"""', "'''"))
    )


def _with_header(path: str, text: str) -> str:
    # It replaces the marker, so that line numbers in tracebacks match the source.
    _, rest = text.split("\n", 1)
    return f"{HEADER.format(path)}\n{rest}"
