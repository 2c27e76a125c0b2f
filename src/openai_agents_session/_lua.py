"""What the Lua scripts have in common: how they are known to Redis, and how they refuse."""

from __future__ import annotations

import hashlib
from string import Template

RECEIPT_SECONDS = 120
"""How long a repeated call is recognised; no call is repeated for longer than that."""

# KEYS: history, receipt. ARGV: seconds to live or '', then what the operation takes.
_BEGIN = """
local call = redis.call
local history, receipt, ttl = KEYS[1], KEYS[2], ARGV[1]
local done, reply = pcall(function()
"""

_ANSWER = """
end)
if done then return reply end
"""

# What Redis refuses is answered as the server's own error. redis-py tells errors apart by the code
# that they begin with: Redis 6.2 puts the place in the script before it, and a denied command has
# none inside a script.
_REFUSE = """
reply = string.gsub(tostring(reply), '^@user_script: %d+: %-?', '')
if string.find(reply, 'ACL failure in script', 1, true)
  or string.find(reply, 'The user executing the script', 1, true) then
  reply = 'NOPERM ' .. string.gsub(reply, '^ERR ', '')
end
return {err = reply}
"""

_PIECES = {
    "begin": _BEGIN,
    "answer": _ANSWER,
    "refuse": _REFUSE,
    "end": _ANSWER + _REFUSE,
    "receipt_seconds": str(RECEIPT_SECONDS),
    # A full server refuses the first write of a script when it needs memory. What frees memory,
    # or gives back what was taken, must get through: it begins with a write that needs none.
    "write_even_when_full": f"call('EXPIRE', receipt, {RECEIPT_SECONDS})",
    "refresh": "if ttl ~= '' then call('EXPIRE', history, ttl) end",
    # Lua hands over a few thousand values at a time, no more.
    "append": """
for from = first_new, #ARGV, 1000 do
  call('RPUSH', history, unpack(ARGV, from, math.min(from + 999, #ARGV)))
end
""",
}


class Script:
    """A Lua script, and how it is called: by the digest that Redis caches it by, or as a whole.

    Its source may name pieces: `$begin`, what it does, and `$end`, above all. They are put in as
    text, since a function costs every call the time to make it.
    """

    __slots__ = ("by_digest", "in_full", "sha")

    def __init__(self, source: str, keys: int = 2) -> None:
        text = Template(source).substitute(_PIECES)
        self.sha = hashlib.sha1(text.encode("utf-8"), usedforsecurity=False).hexdigest()
        count = b"%d" % keys
        self.by_digest = ("EVALSHA", self.sha.encode("ascii"), count)
        self.in_full = ("EVAL", text, count)
