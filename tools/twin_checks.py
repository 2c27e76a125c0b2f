"""Find sources that cannot be translated, and twins that mention the async API."""

import ast
import itertools
import re
from collections.abc import Iterable, Iterator

from tokenize_rt import UNIMPORTANT_WS, src_to_tokens

from tools.translate import MARKER, Names, with_defaults

ASYNC_WORD = r"(?<!\w)(?:_?[Aa]sync|[Aa]wait)\w*|(?<!\w)(?:aiter|anext)(?!\w)|\w*Async[A-Z]\w*"


def find_refusals(path: str, source: str, names: Names) -> Iterator[str]:
    """Report why a source cannot be translated."""
    if not source.startswith(f"{MARKER}\n"):
        yield f"{path}:1: the first line must be: {MARKER}"
    if "\r" in source:
        yield f"{path}: lines must end in LF only"
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: {error.msg}"
        return
    # Since Python 3.12 the second search also looks inside f-strings, so report each only once.
    bad = list(_find_bad_fstrings(tree, names)) or _find_glued_keywords(source)
    yield from (f"{path}:{line}: {what}" for line, what in bad)


def find_leaks(path: str, twin: str, names: Names) -> Iterator[str]:
    """Find words that belong only in the source: in code, strings and prose."""
    leak = _leak_pattern(names)
    _header, *lines = twin.split("\n")
    for number, line in enumerate(lines, 2):
        for word in leak.findall(line):
            yield f"{path}:{number}: {word!r} must not appear in the blocking twin: {line.strip()}"


def find_dead_names(sources: Iterable[str], names: Names) -> Iterator[str]:
    """Find entries of the table that change nothing.

    A name in a source is either replaced or reported as a leak, so finding it there is enough.
    """
    everything = "\n".join(sources)
    for name in names:
        if not re.search(_whole_word(name), everything):
            yield f"tools/replacements.py: {name!r} in NAMES changes nothing, remove it"


def _find_bad_fstrings(tree: ast.Module, names: Names) -> Iterator[tuple[int, str]]:
    # On Python 3.12 and newer, unasync treats the braces of an f-string as code, on older versions
    # as text. The syntax tree is the same on all versions.
    words = map(_whole_word, with_defaults(names))
    pattern = re.compile("|".join([*words, r"(?<!\w)Async[A-Z]\w*", "async", "await"]))
    for fstring in _outermost_fstrings(tree):
        found = {word for text in _texts(fstring) for word in pattern.findall(text)}
        for word in sorted(found):
            yield fstring.lineno, f"{word!r} in an f-string, assign it to a variable first"


def _outermost_fstrings(tree: ast.AST) -> Iterator[ast.JoinedStr]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            yield node
        else:
            yield from _outermost_fstrings(node)


def _texts(fstring: ast.JoinedStr) -> Iterator[str]:
    for node in ast.walk(fstring):
        match node:
            case (
                ast.Name(id=text)
                | ast.Attribute(attr=text)
                | ast.arg(arg=text)
                | ast.keyword(arg=str(text))
                | ast.Constant(value=str(text))
            ):
                yield text
            case ast.Await():
                yield "await"
            case ast.comprehension(is_async=1):
                yield "async"


def _find_glued_keywords(source: str) -> Iterator[tuple[int | None, str]]:
    # unasync also removes the token after the keyword, assuming that it is white space.
    for token, following in itertools.pairwise(src_to_tokens(source)):
        if token.src in {"async", "await"} and following.name != UNIMPORTANT_WS:
            yield token.line, f"{token.src!r} must be followed by a space"


def _leak_pattern(names: Names) -> re.Pattern[str]:
    swaps = with_defaults(names)
    swapped = sorted(swaps.keys() - set(swaps.values()))
    return re.compile("|".join([ASYNC_WORD, *map(_whole_word, swapped)]))


def _whole_word(name: str) -> str:
    return rf"(?<!\w){re.escape(name)}(?!\w)"
