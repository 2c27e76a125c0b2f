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

# `call` ends the operation where the server refuses a command, and `answer` returns the refusal as
# the server's own error. redis-py tells errors apart by the code that they begin with: Redis 6.2
# puts the place in the script before it, and a denied command has none inside a script.
PROLOGUE = """
local refusal

local function call(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    refusal = tostring(reply.err)
    error(refusal, 0)
  end
  return reply
end

local function with_code(message)
  message = string.gsub(message, '^@user_script: %d+: %-?', '')
  local is_denial = string.find(message, 'ACL failure in script', 1, true)
    or string.find(message, 'The user executing the script', 1, true)
  if is_denial then message = 'NOPERM ' .. string.gsub(message, '^ERR ', '') end
  return message
end

local function answer(operation)
  local done, reply = pcall(operation)
  if done then return reply end
  if refusal then return {err = with_code(refusal)} end
  error(reply, 0)
end
"""

# KEYS: history, receipt. ARGV: seconds to live or '', seconds to keep the receipt, then what
# the operation takes.
MUTATION = (
    PROLOGUE
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
    MUTATION
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

# ARGV: seconds, seconds, how many elements to keep at most, then the new elements.
ADD_AND_TRIM = Script(
    MUTATION
    + """
local most, first_new = tonumber(ARGV[3]), 4
local before

-- The element at a position of the list as it will be; read 16 at a time.
local loaded, loaded_from
local function element_at(position)
  if position >= before then return ARGV[first_new + position - before] end
  local from = position - position % 16
  if from ~= loaded_from then
    loaded, loaded_from = call('LRANGE', history, from, from + 15), from
  end
  return loaded[position - from + 1]
end

-- Parsing costs; most elements do not hold the word at all.
local function is_user_message(element)
  if not string.find(element, '"user"', 1, true) then return false end
  element = string.gsub(element, '\\\\u[dD][89a-fA-F]%x%x', '\\\\u003f')  -- cjson wants pairs
  local parsed, item = pcall(cjson.decode, element)
  if not parsed or type(item) ~= 'table' or item.role ~= 'user' then return false end
  return item.type == nil or item.type == cjson.null or item.type == 'message'
end

-- The position of the user message to begin at. None of the new elements is cut off.
local function beginning()
  local lowest = before + #ARGV - first_new + 1 - most
  if lowest <= 0 then return 0 end
  for position = lowest, before do
    if is_user_message(element_at(position)) then return position end
  end
  for position = math.min(lowest - 1, before), 1, -1 do
    if is_user_message(element_at(position)) then return position end
  end
  return 0
end

return answer(function()
  before = call('LLEN', history)
  if not keep_receipt('') then return end
  local first = beginning()
  if first > 0 then call('LTRIM', history, 0, -1) end
  refresh()
  append(first_new)
  if first > 0 then call('LTRIM', history, first, -1) end
  if before == 0 then refresh() end
end)
"""
)
"""Append the items ARGV[4...], then drop turns from the front until at most ARGV[3] are left."""

REPLACE = Script(
    MUTATION
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

# ARGV: seconds, seconds, how many elements of the front to drop, how many of the end to replace,
# then these, those, and what takes their place.
REPLACE_TAIL = Script(
    MUTATION
    + """
local dropped, replaced = tonumber(ARGV[3]), tonumber(ARGV[4])
local first_new = 5 + dropped + replaced

local function are_still(position, count, first)
  if count == 0 then return true end
  local elements = call('LRANGE', history, position, position + count - 1)
  for number = 1, count do
    if elements[number] ~= ARGV[first + number - 1] then return false end
  end
  return true
end

return answer(function()
  local length = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return 1 end
  if length < dropped or length < replaced then return 0 end
  if not are_still(0, dropped, 5) then return 0 end
  if not are_still(length - replaced, replaced, 5 + dropped) then return 0 end
  keep_receipt('')
  call('LTRIM', history, 0, -1)
  refresh()
  append(first_new)
  if dropped + replaced < length then
    call('LTRIM', history, dropped, length - replaced - 1)
    append(first_new)
  else
    call('LTRIM', history, length, -1)
  end
  return 1
end)
"""
)
"""Put other elements in the place of the last ARGV[4], and drop the first ARGV[3]: 1.

0 where these are not, byte for byte, the elements that were sent for comparison."""

CLEAR = Script(
    MUTATION
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
POP_RECEIPT = """
local UNDONE = 'undone'

local function split(text)
  local position, element = string.match(text, '^(%d+):(.*)$')
  return tonumber(position), element
end
"""

POP = Script(
    MUTATION
    + POP_RECEIPT
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
    MUTATION
    + POP_RECEIPT
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
    PROLOGUE
    + """
return answer(function()
  call('LLEN', KEYS[1])
  return call('EXPIRE', KEYS[1], ARGV[1])
end)
"""
)
"""Start the lifetime of KEYS[1] anew, ARGV[1] seconds, unless it is no list."""
