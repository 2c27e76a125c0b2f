"""Globs as Redis reads them, for ids that Redis cannot look through."""

import re

_MEMBERS = r"\\.|[^\]]-.|[^\]]"  # a range may even end in a bracket
_TOKEN = re.compile(
    rf"(?s)\\(?P<escaped>.)|\[(?P<negated>\^?)(?P<set>(?:{_MEMBERS})*)\]?|(?P<other>.)"
)
_MEMBER = re.compile(r"(?s)\\(?P<escaped>.)|(?P<first>[^\]])-(?P<last>.)|(?P<other>.)")


def glob_pattern(glob: str) -> re.Pattern[str]:
    """Return a regular expression that matches what the glob matches in Redis."""
    return re.compile("(?s)" + "".join(map(_translate, _TOKEN.finditer(glob))) + r"\Z")


def _translate(token: re.Match[str]) -> str:
    if token["escaped"] is not None:
        return re.escape(token["escaped"])
    if token["set"] is not None:
        return _set(token["set"], negated=bool(token["negated"]))
    return {"*": ".*", "?": "."}.get(token["other"], re.escape(token["other"]))


def _set(members: str, *, negated: bool) -> str:
    ranges = []
    for member in _MEMBER.finditer(members):
        one = member["escaped"] or member["other"]
        first, last = sorted((one, one) if one else (member["first"], member["last"]))
        ranges.append(f"{re.escape(first)}-{re.escape(last)}")
    if not ranges:
        return "." if negated else r"(?!)"
    return f"[{'^' * negated}{''.join(ranges)}]"
