"""What servers and redis-py say of an address that is wrong, in words that lead to the cure."""

import re

_UNKNOWN_OPTION = re.compile(r"__init__\(\) got an unexpected keyword argument '([^']*)'")
_KNOWN = (
    (
        r"DB index is out of range",
        "the server has no database of this number",
        "check the number at the end of the URL, or REDIS_DB; most servers have 0 to 15",
    ),
    (
        r"unknown command .?SENTINEL",
        "the server that the URL names is not a Sentinel",
        "name the sentinels in the URL, most often with port 26379, or use redis:// for a server",
    ),
    (
        r"Cluster mode is not enabled|cluster support disabled",
        "the server is not part of a cluster",
        "use a redis:// URL",
    ),
    (
        r"Protocol error[,:]",
        "what answers at this address is not Redis",
        "check the host and the port: it may be those of a web server",
    ),
)


def unknown_option(error: BaseException) -> str | None:
    """Return what to say if a URL has an option that redis-py does not know."""
    found = _UNKNOWN_OPTION.search(str(error)) if isinstance(error, TypeError) else None
    if found is None:
        return None
    return f"the URL has an unknown option '{found[1]}'; check what follows its question mark"


def what_and_cure(text: str) -> tuple[str, str] | None:
    """Return what an error means and what to check, if it is known to come from the address."""
    for pattern, what, cure in _KNOWN:
        if re.search(pattern, text, re.IGNORECASE):
            return what, cure
    return None
