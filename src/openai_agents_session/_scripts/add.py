"""The Lua of adding items, and of dropping old turns beyond a maximum."""

from __future__ import annotations

from .frame import Script

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
"""Append the items ARGV[2...] and set the lifetime."""

# ARGV: seconds, the maximum number of elements, then the new elements.
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
