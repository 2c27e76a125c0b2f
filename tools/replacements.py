"""The table: every name that differs between the two APIs, beyond those that unasync knows.

unasync itself swaps `__aenter__` and its like, `AsyncIterator` and its like, and `AsyncX` for
`SyncX`. An entry that changes nothing is an error: this file holds what is in use, nothing else.
"""

# A key matches a whole name or a whole string in code, and a whole word in comments and docstrings.
# A key that is no name, as "redis.asyncio" would be, can match strings and prose only.
NAMES = {
    "RedisSession": "SyncRedisSession",
    "RedisSessionManager": "SyncRedisSessionManager",
    "_aio": "_blocking",
    "_async": "_sync",
    "aclose": "close",
    "redis.asyncio": "redis",
}
