"""The Lua scripts: each one whole operation, each safe to send again.

Every mutation comes with a receipt key that no other call knows. The script writes it together
with its effect; when redis-py, or the session itself, sends the same call again because the reply
was lost, the script finds the receipt and answers from it instead of acting twice.

Nothing is left half done. Whatever may be refused (a key of another type, memory, a permission)
is tried where a refusal costs nothing, and the write that counts comes last; or, in the one script
that must be as fast as can be, it is taken back.
"""

from __future__ import annotations

from ._lua import Script

ADD = Script("""
local first_new = 2
local kept, added
$begin
  kept = call('SET', receipt, '', 'EX', $receipt_seconds, 'NX')
  if not kept then return end
  $append
  added = true
  $set_lifetime
  if pushed == #ARGV - 1 then $begin_list end
$answer
if added then redis.pcall('LTRIM', history, 0, -#ARGV) end
if kept then redis.pcall('UNLINK', receipt) end
if not kept and redis.pcall('EXISTS', receipt) == 1 then return end
$refuse
""")
"""Append the items ARGV[2...] and start the lifetime anew."""

# ARGV: seconds, how many elements to keep at most, then the new elements.
ADD_AND_TRIM = Script(r"""
local most, first_new = tonumber(ARGV[2]), 3
local before

-- The element at a position of the list as it will be; read 16 at a time.
local loaded, loaded_from
local function element_at(position)
  if position >= before then return ARGV[first_new + position - before] end
  local from = position - position % 16
  if from ~= loaded_from then
    loaded, loaded_from = redis.call('LRANGE', KEYS[1], from, from + 15), from
  end
  return loaded[position - from + 1]
end

-- Parsing costs; most elements do not hold the word at all.
local function is_user_message(element)
  if not string.find(element, '"user"', 1, true) then return false end
  element = string.gsub(element, '\\u[dD][89a-fA-F]%x%x', '\\u003f')  -- cjson wants pairs
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

$begin
  before = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return end
  local first = beginning()
  call('SET', receipt, '', 'EX', $receipt_seconds)
  $set_lifetime
  if before == 0 then $begin_list end
  if first > 0 then
    call('LTRIM', history, 0, -1)
    call('RPUSHX', pops, 'trim ' .. first)
  end
  $append
  if first > 0 then call('LTRIM', history, first, -1) end
  $set_lifetime
$end
""")
"""Append the items ARGV[3...], then drop turns from the front until at most ARGV[2] are left."""

REPLACE = Script("""
local first_new = 2
$begin
  local before = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return end
  call('SET', receipt, '', 'EX', $receipt_seconds)
  call('LTRIM', history, 0, -1)
  $set_lifetime
  call('UNLINK', pops)
  $append
  call('LTRIM', history, before, -1)
  $set_lifetime
$end
""")
"""Put the items ARGV[2...], at least one, in the place of all that the list held."""

# ARGV: seconds, how many elements of the front to drop, how many of the end to replace, then
# these, those, and what takes their place.
REPLACE_TAIL = Script("""
local dropped, replaced = tonumber(ARGV[2]), tonumber(ARGV[3])
local first_new = 4 + dropped + replaced

local function are_still(position, count, first)
  if count == 0 then return true end
  local elements = redis.call('LRANGE', KEYS[1], position, position + count - 1)
  for number = 1, count do
    if elements[number] ~= ARGV[first + number - 1] then return false end
  end
  return true
end

$begin
  local length = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return 1 end
  if length < dropped or length < replaced then return 0 end
  if not are_still(0, dropped, 4) then return 0 end
  if not are_still(length - replaced, replaced, 4 + dropped) then return 0 end
  call('SET', receipt, '', 'EX', $receipt_seconds)
  call('LTRIM', history, 0, -1)
  $set_lifetime
  call('RPUSHX', pops, 'cut ' .. length - replaced)
  if dropped > 0 then call('RPUSHX', pops, 'trim ' .. dropped) end
  $append
  if dropped + replaced < length then
    call('LTRIM', history, dropped, length - replaced - 1)
    $append
  else
    call('LTRIM', history, length, -1)
  end
  return 1
$end
""")
"""Put other elements in the place of the last ARGV[3], and drop the first ARGV[2]: 1.

0 where these are not, byte for byte, the elements that were sent for comparison."""

CLEAR = Script("""
$begin
  call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return end
  $write_even_when_full
  call('SET', receipt, '', 'EX', $receipt_seconds)
  call('UNLINK', history, pops)
$end
""")
"""Delete the list."""

POP = Script("""
local kept, noted
$begin
  local element = call('LINDEX', history, -1)
  if element then
    local position = call('LLEN', history) - 1
    $write_even_when_full
    local taken = position .. ':' .. element
    kept = call('SET', receipt, taken, 'EX', $receipt_seconds, 'NX')
    if kept then
      $refresh
      local lifetime = position == 0 and call('PTTL', history) or ''
      noted = call('RPUSH', pops, position .. ' ' .. string.sub(receipt, -32) .. ' ' .. lifetime)
      call('EXPIRE', pops, $receipt_seconds)
      call('LTRIM', history, 0, -2)
      if noted % 64 == 0 then $forget_old_pops end
      return taken
    end
  end
  local known = call('GET', receipt)
  if known and known ~= 'undone' then return known end
$answer
if noted then redis.pcall('RPOP', pops) end
if kept then redis.pcall('UNLINK', receipt) end
$refuse
""")
"""Take the newest element: 'position:element', kept as the receipt for a repeated call.

What can still be undone is a list of its own, KEYS[3]: what was popped, and what moved since."""

UNDO_POP = Script("""
local log

-- Where the element that a pop took belongs, after the first entries of the log; nil if it is gone.
local function place(token, entries)
  local at, first
  local before = {}
  for number = 1, entries do
    local kind, value = string.match(log[number], '^(%S+) ?(%S*)')
    local position = tonumber(kind)
    if value == token and position then
      at, first = position, number
    elseif at and position then
      if position < at then at, before[value] = position, true end
    elseif at and kind == 'trim' then
      if at <= tonumber(value) then return nil end
      at = at - tonumber(value)
    elseif at and kind == 'cut' then
      if at > tonumber(value) then return nil end
    elseif at and kind == 'back' then
      if before[value] == nil then
        local other = place(value, first - 1)
        before[value] = other ~= nil and other <= tonumber(string.match(log[first], '^%d+'))
      end
      if before[value] then at = at + 1 end
    end
  end
  return at
end

$begin
  local known = call('GET', receipt)
  if known == 'undone' then return end
  $write_even_when_full
  if not known then
    call('SET', receipt, 'undone', 'EX', $receipt_seconds)
    return
  end
  local token, length = string.sub(receipt, -32), call('LLEN', history)
  log = call('LRANGE', pops, 0, -1)
  local at = place(token, #log)
  local emptied, lifetime = string.match(log[#log] or '', '^(0) %S+ (.*)')
  if length == 0 and not emptied then at = nil end
  call('SET', receipt, 'undone', 'EX', $receipt_seconds)
  if not at then return end
  at = math.min(at, length)
  local element = string.match(known, '^%d+:(.*)$$')
  local later = call('LRANGE', history, at, -1)
  call('RPUSH', pops, 'back ' .. token)
  call('EXPIRE', pops, $receipt_seconds)
  call('RPUSH', history, later[#later] or element)
  if #later > 0 then
    call('LSET', history, at, element)
    for offset = 1, #later - 1 do call('LSET', history, at + offset, later[offset]) end
  end
  if length == 0 and tonumber(lifetime) > 0 then call('PEXPIRE', history, lifetime) end
  $refresh
$end
""")
"""Put back, in its place, what the pop with this receipt took, or keep it from taking anything.

What was cleared, replaced or trimmed since stays gone."""

TOUCH = Script(
    """
$begin
  call('LLEN', history)
  $refresh
$end
""",
    keys=1,
)
"""Refresh the lifetime of the list KEYS[1], if it has one: ARGV[1] seconds."""
