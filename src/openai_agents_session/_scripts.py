"""The Lua scripts: each one whole operation, each safe to send again.

Every mutation comes with a receipt key that no other call knows. The script writes it together
with its effect; when redis-py, or the session itself, sends the same call again because the reply
was lost, the script finds the receipt and answers from it instead of acting twice.

Nothing is left half done. Whatever may be refused (a key of another type, memory, a permission)
is tried where a refusal costs nothing, and the write that counts comes last.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

RECEIPT_SECONDS = 120
"""How long a repeated call is recognised; no call is repeated for longer than that."""

# `call` raises the server's own error. Redis 6.2 puts the place in the script before it, where
# redis-py looks for the code (WRONGTYPE, READONLY, NOPERM, OOM) that it tells errors apart by.
_PROLOGUE = """
local function call(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then error({err = reply.err}, 0) end
  return reply
end

local function answer(operation)
  local done, reply = pcall(operation)
  if done then return reply end
  if type(reply) ~= 'table' then return {err = 'ERR ' .. tostring(reply)} end
  return {err = (string.gsub(tostring(reply.err), '^@?user_script: ?%d+: %-?', ''))}
end
"""

# KEYS: history, receipt. ARGV: seconds to live or '', seconds to keep the receipt, then what
# the operation takes.
_MUTATION = (
    _PROLOGUE
    + """
local history, receipt = KEYS[1], KEYS[2]
local ttl, receipt_seconds = ARGV[1], ARGV[2]

local function keep_receipt(text)
  return call('SET', receipt, text, 'EX', receipt_seconds, 'NX')
end

-- A full server refuses the first write of a script when it needs memory. What frees memory, or
-- gives back what was taken, must get through: it begins with a write that needs none.
local function write_even_when_full()
  call('EXPIRE', receipt, receipt_seconds)
end

local function refresh()
  if ttl ~= '' then call('EXPIRE', history, ttl) end
end

-- Lua hands over a few thousand values at a time, no more.
local function append(first)
  for from = first, #ARGV, 1000 do
    call('RPUSH', history, unpack(ARGV, from, math.min(from + 999, #ARGV)))
  end
end
"""
)


@dataclass(frozen=True)
class Script:
    """A Lua script and the digest that Redis caches it by."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode("utf-8"), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


ADD = Script(
    _MUTATION
    + """
return answer(function()
  local before = call('LLEN', history)
  if not keep_receipt('') then return end
  refresh()
  append(3)
  if before == 0 then refresh() end
end)
"""
)
"""Append the items ARGV[3...] and start the lifetime anew."""

REPLACE = Script(
    _MUTATION
    + """
return answer(function()
  local before = call('LLEN', history)
  if not keep_receipt('') then return end
  call('LTRIM', history, 0, -1)
  refresh()
  append(3)
  call('LTRIM', history, before, -1)
  if before == 0 then refresh() end
end)
"""
)
"""Put the items ARGV[3...], at least one, in the place of all that the list held."""

CLEAR = Script(
    _MUTATION
    + """
return answer(function()
  call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return end
  write_even_when_full()
  keep_receipt('')
  call('UNLINK', history)
end)
"""
)
"""Delete the list."""

# The receipt of a pop is the position and the element that it took, as 'position:element'.
_POP_RECEIPT = """
local UNDONE = 'undone'

local function split(text)
  local position, element = string.match(text, '^(%d+):(.*)$')
  return tonumber(position), element
end
"""

POP = Script(
    _MUTATION
    + _POP_RECEIPT
    + """
return answer(function()
  local known = call('GET', receipt)
  if known == UNDONE then return end
  if known then return {split(known)} end
  local element = call('LINDEX', history, -1)
  if not element then return end
  local position = call('LLEN', history) - 1
  write_even_when_full()
  refresh()
  keep_receipt(position .. ':' .. element)
  call('RPOP', history)
  return {position, element}
end)
"""
)
"""Take the newest element: its position and itself, or nothing from an empty list."""

UNDO_POP = Script(
    _MUTATION
    + _POP_RECEIPT
    + """
return answer(function()
  local known = call('GET', receipt)
  if known == UNDONE then return end
  if not known then
    keep_receipt(UNDONE)
    return
  end
  local position, element = split(known)
  local later = call('LRANGE', history, position, -1)
  write_even_when_full()
  call('SET', receipt, UNDONE, 'EX', receipt_seconds)
  call('RPUSH', history, later[#later] or element)
  if #later > 0 then
    call('LSET', history, position, element)
    for offset = 1, #later - 1 do call('LSET', history, position + offset, later[offset]) end
  end
  refresh()
end)
"""
)
"""Put back, where it was, what the pop with this receipt took, or keep it from taking anything."""

TOUCH = Script(
    _PROLOGUE
    + """
return answer(function()
  call('LLEN', KEYS[1])
  return call('EXPIRE', KEYS[1], ARGV[1])
end)
"""
)
"""Start the lifetime of KEYS[1] anew, ARGV[1] seconds, unless it is no list."""
