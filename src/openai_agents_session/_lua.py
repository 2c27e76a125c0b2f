"""What the Lua scripts have in common: how they are known to Redis, and how they refuse."""

from __future__ import annotations

import hashlib
from string import Template

RECEIPT_SECONDS = 120
"""How long a repeated call is recognised; no call is repeated for longer than that."""

_ATTEMPT = """
local call = redis.call
local done, reply = pcall(function()
"""

# KEYS: history, receipt, pops. ARGV: seconds to live or '', then what the operation takes.
_BEGIN = f"""
local history, receipt, pops, ttl = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
{_ATTEMPT}
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
    "attempt": _ATTEMPT,
    "begin": _BEGIN,
    "answer": _ANSWER,
    "refuse": _REFUSE,
    "end": _ANSWER + _REFUSE,
    "receipt_seconds": str(RECEIPT_SECONDS),
    # A full server refuses the first write of a script when it needs memory. What frees memory,
    # or gives back what was taken, must get through: it begins with a write that needs none.
    "write_even_when_full": f"call('EXPIRE', receipt, {RECEIPT_SECONDS})",
    "set_lifetime": "if ttl ~= '' then call('EXPIRE', history, ttl) end",
    # What only reads, pops or puts back gives no lifetime to a conversation that has none.
    "refresh": "if ttl ~= '' and call('PTTL', history) > 0 then call('EXPIRE', history, ttl) end",
    # A list that is made now may follow one that expired or was deleted: what was popped from that
    # one stays gone. One that pops emptied lives on in them.
    "begin_list": """
local latest = call('LINDEX', pops, -1)
if latest and string.sub(latest, 1, 2) == '0 ' then
  call('RPUSH', pops, 'new')
elseif latest then
  call('UNLINK', pops)
end
""",
    # Entries of pops that can no longer be undone, or that no such pop precedes.
    "forget_old_pops": """
for _ = 1, 256 do
  local oldest = call('LINDEX', pops, 0)
  if not oldest then break end
  local token = string.match(oldest, '^%d+ (%x+)')
  if token and call('EXISTS', string.sub(receipt, 1, -33) .. token) == 1 then break end
  call('LPOP', pops)
end
""",
    # Lua hands over a few thousand values at a time, no more.
    "append": """
local pushed
for from = first_new, #ARGV, 1000 do
  pushed = call('RPUSH', history, unpack(ARGV, from, math.min(from + 999, #ARGV)))
end
""",
}


class Script:
    """A Lua script, and how it is called: by the digest that Redis caches it by, or as a whole.

    Its source may name pieces: `$begin`, what it does, and `$end`, above all. They are put in as
    text, since a function costs every call the time to make it.
    """

    __slots__ = ("by_digest", "in_full", "sha")

    def __init__(self, source: str, keys: int = 3) -> None:
        text = Template(source).substitute(_PIECES)
        self.sha = hashlib.sha1(text.encode("utf-8"), usedforsecurity=False).hexdigest()
        count = b"%d" % keys
        self.by_digest = ("EVALSHA", self.sha.encode("ascii"), count)
        self.in_full = ("EVAL", text, count)
