"""The table of names that differ between the two APIs, except those that unasync knows.

unasync itself replaces names such as `__aenter__` and `AsyncIterator`, and `AsyncX` with `SyncX`.
An entry that changes nothing is an error, so this table contains only entries that are used.
"""

# A key matches a whole name or a whole string in code, and a whole word in comments and docstrings.
# A key that is not a name, such as "redis.asyncio", can match only strings and prose.
NAMES = {
    "RedisSession": "SyncRedisSession",
    "RedisSessionManager": "SyncRedisSessionManager",
    "Turn": "SyncTurn",
    "UserSessions": "SyncUserSessions",
    "_aio": "_blocking",
    "aclose": "close",
    "redis.asyncio": "redis",
}
