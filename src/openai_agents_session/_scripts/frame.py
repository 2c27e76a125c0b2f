"""The frame of the Lua scripts: receipts, lifetimes, refusals, and the commands that run one."""

from __future__ import annotations

import hashlib
from functools import cached_property
from string import Template

from .index import NO_INDEX, index_pieces

RECEIPT_SECONDS = 120
"""How long a repeated call is recognised; no call is repeated for longer."""

REPEATED = b"~repeated"
"""What an answer from a receipt begins with; no other answer does."""

# The function has its own locals: to share those around it costs each call some time.
_ATTEMPT = """
local done, reply = pcall(function()
local call = redis.call
"""

# KEYS: history, receipt, pops. ARGV: seconds to live or '', then what the operation takes.
_BEGIN = f"""
{_ATTEMPT}
local history, receipt, pops, ttl = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
"""

_ANSWER = """
end)
if done then return reply end
"""

# A refusal is answered as the server's own error. redis-py tells errors apart by their first word:
# Redis 6.2 puts the place in the script before it, and a denied command has none inside a script.
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
    # Begins the answer to a call that was carried out before: `return {$repeated, 1}`.
    "repeated": f"'{REPEATED.decode()}'",
    # A full server refuses a script whose first write needs memory. A script that frees memory, or
    # gives back what was taken, must get through: its first write needs none.
    "write_even_when_full": f"call('EXPIRE', receipt, {RECEIPT_SECONDS})",
    "set_lifetime": "if ttl ~= '' then call('EXPIRE', history, ttl) end",
    # What only reads, pops or puts back gives no lifetime to a conversation that has none.
    "refresh": """
if ttl ~= '' and call('PTTL', history) > 0 then call('EXPIRE', history, ttl) end
""",
    # A new list may follow one that expired or was deleted: what was popped from that one stays
    # gone. If pops emptied the old list, they can still be undone.
    "begin_list": """
local latest = call('LINDEX', pops, -1)
if latest and string.sub(latest, 1, 2) == '0 ' then
  call('RPUSH', pops, 'new')
elseif latest then
  call('UNLINK', pops)
end
""",
    # Lua passes a few thousand values at a time, no more.
    "append": """
local pushed
for from = first_new, #ARGV, 1000 do
  pushed = call('RPUSH', history, unpack(ARGV, from, math.min(from + 999, #ARGV)))
end
""",
}


class Script:
    """A Lua script, and the commands that run it: by the digest that Redis caches, or in full.

    Its source may name pieces, above all `$begin` and `$end`. They are inserted as text: a Lua
    function would cost every call the time to create it.
    """

    def __init__(self, source: str, keys: int = 3, **pieces: str) -> None:
        self._source = source
        self._pieces = pieces
        text = Template(source).substitute(_PIECES | NO_INDEX | pieces)
        self.sha: str = hashlib.sha1(text.encode("utf-8"), usedforsecurity=False).hexdigest()
        self.keys: int = keys
        count = b"%d" % keys
        self.by_digest: tuple[str, bytes, bytes] = ("EVALSHA", self.sha.encode("ascii"), count)
        self.in_full: tuple[str, str, bytes] = ("EVAL", text, count)

    @cached_property
    def indexed(self) -> Script:
        """The script for a conversation of a user: two more keys, the index and the info."""
        count = self.keys + 2
        index = index_pieces(f"KEYS[{count - 1}]", f"KEYS[{count}]")
        return Script(self._source, count, **(index | self._pieces))
