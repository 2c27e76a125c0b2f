"""Globs as Redis reads them, for ids that Redis cannot look through."""

import re

_TOKEN = re.compile(r"(?s)\\(?P<escaped>.)|\[(?P<set>(?:\\.|[^\]\\])*)\]?|(?P<other>.)")
_MEMBER = re.compile(r"(?s)\\?(?P<first>.)(?:-\\?(?P<last>.))?")


def glob_pattern(glob: str) -> re.Pattern[str]:
    """Return a regular expression that matches what the glob matches in Redis."""
    return re.compile("(?s)" + "".join(map(_translate, _TOKEN.finditer(glob))) + r"\Z")


def _translate(token: re.Match[str]) -> str:
    if token["escaped"] is not None:
        return re.escape(token["escaped"])
    if token["set"] is not None:
        return _set(token["set"])
    return {"*": ".*", "?": "."}.get(token["other"], re.escape(token["other"]))


def _set(members: str) -> str:
    negated = members.startswith("^")
    ranges = []
    for member in _MEMBER.finditer(members[negated:]):
        first, last = sorted((member["first"], member["last"] or member["first"]))
        ranges.append(f"{re.escape(first)}-{re.escape(last)}")
    if not ranges:
        return "." if negated else r"(?!)"
    return f"[{'^' * negated}{''.join(ranges)}]"
