"""The Lua of what is asked of a user's conversations as a whole, or of one of them by its id."""

from __future__ import annotations

from .frame import Script
from .index import GRACE_SECONDS
from .void import VOID_TURN

# `<` compares strings by the locale of the server; Redis orders ids by their bytes.
_START = """
local function is_before(id, other)
  for at = 1, math.min(#id, #other) do
    local byte, of_other = string.byte(id, at), string.byte(other, at)
    if byte ~= of_other then return byte < of_other end
  end
  return #id < #other
end

-- The position in the index, newest first, of what follows a time and an id.
local function position_after(index, time, id)
  local low = redis.call('ZCOUNT', index, '(' .. time, '+inf')
  local high = low + redis.call('ZCOUNT', index, time, time)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(redis.call('ZREVRANGE', index, middle, middle)[1], id) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end
"""

# ARGV: how many conversations to return, how many to look at, the time and the id of the last one
# of the page before, and 1 for nothing but the ids.
PAGE = Script(
    """
local index, limit, most = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local prefix = string.sub(index, 1, -7) .. ':'
$start
$attempt
  local position = ARGV[3] ~= '' and position_after(index, ARGV[3], ARGV[4]) or 0
  local page, looked, id, time = {false, false}, 0, nil, nil
  local longest = 0  -- seconds that the conversations live
  while #page - 2 < limit and looked < most do
    local last = position + math.min(limit - #page + 2, most - looked) - 1
    local found, gone = call('ZREVRANGE', index, position, last, 'WITHSCORES'), {}
    if #found == 0 then break end
    for number = 1, #found, 2 do
      id, time = found[number], found[number + 1]
      local history = prefix .. id
      local count = call('TYPE', history).ok == 'list' and call('LLEN', history)
      local left = call('TTL', history)
      if not count then
        gone[#gone + 1] = id
      elseif ARGV[5] == '1' then
        page[#page + 1] = id
      else
        local info = call('HMGET', history .. ':~:info', 'title', 'metadata', 'created')
        page[#page + 1] = {id, time, count, left, info[1], info[2], info[3]}
      end
      longest = math.max(longest, count and left == -1 and math.huge or left)
    end
    looked, position = looked + #found / 2, position + #found / 2
    -- A replica, or a user who may not write, still gets the page.
    local swept = #gone > 0 and redis.pcall('ZREM', index, unpack(gone))
    if type(swept) == 'number' then position = position - swept end
  end
  if time and position < call('ZCARD', index) then
    page[1], page[2] = time, id
  elseif ARGV[3] == '' and longest < math.huge and call('TTL', index) == -1 then
    -- It has outlived the last conversation without a lifetime.
    redis.pcall('EXPIRE', index, longest + $grace_seconds)
  end
  return page
$end
""",
    keys=1,
    start=_START,
    grace_seconds=str(GRACE_SECONDS),
)
"""A page of the index, newest first: {time, id of its last one, then one entry for each}.

The first two are nil on the last page. Conversations that have expired are removed from the index.
"""

# ARGV: seconds, then for title and metadata: 1 if it is to be changed, and its value ('' for none).
UPDATE = Script(
    """
$begin
  local known = call('GET', receipt)
  if known then return {$repeated, tonumber(known)} end
  local exists = call('LLEN', history) > 0 and 1 or 0
  call('SET', receipt, exists, 'EX', $receipt_seconds)
  if exists == 0 then return 0 end
  $follow
  call('HDEL', KEYS[5], '')  -- may be refused, as long as nothing was written
  for number, field in ipairs({'title', 'metadata'}) do
    local is_wanted, value = ARGV[2 * number], ARGV[2 * number + 1]
    if is_wanted == '1' and value == '' then
      call('HDEL', KEYS[5], field)
    elseif is_wanted == '1' then
      call('HSET', KEYS[5], field, value)
    end
  end
  return 1
$end
"""
)
"""Change the title or the metadata: 1, or 0 if the conversation holds no items. To be indexed."""

_DELETE = f"""
{VOID_TURN}
local function delete(index, history, others)
  local lock = history .. ':~:lock'
  redis.call('ZREM', index, string.sub(history, #index - 4))
  if not void_turn(lock, history .. ':~:r:') then redis.call('UNLINK', lock) end
  redis.call('UNLINK', history, history .. ':~:pops', history .. ':~:info', unpack(others))
end
"""

DELETE = Script(
    """
$delete
$begin
  local known = call('GET', receipt)
  if known then return {$repeated, tonumber(known)} end
  local exists = call('LLEN', history) > 0 and 1 or 0
  $write_even_when_full
  call('UNLINK', receipt)  -- may be refused, as long as nothing was written
  call('SET', receipt, exists, 'EX', $receipt_seconds)
  delete(KEYS[4], history, {})
  return exists
$end
""",
    delete=_DELETE,
)
"""Delete a conversation, except for what is remembered under keys: 1 if there was one. To be
indexed."""

# ARGV: how many conversations of the index to erase, how many ids follow, the ids, and receipts
# that may hold text.
ERASE = Script(
    """
local index, receipt = KEYS[1], KEYS[2]
local prefix = string.sub(index, 1, -7) .. ':'
$delete

local function erase(ids)
  for _, id in ipairs(ids) do
    local history = prefix .. id
    delete(index, history, {history .. ':~:t', history .. ':~:k'})
  end
end

-- A receipt still answers a late copy of its call, but no longer with text.
local function blank(name)
  local kind, left = redis.call('TYPE', name).ok, redis.call('PTTL', name)
  if left <= 0 then return end
  if kind == 'list' then
    redis.call('UNLINK', name)
    redis.call('RPUSH', name, '')
    redis.call('PEXPIRE', name, left)
  elseif kind == 'string' and string.find(redis.call('GET', name), '^%d+:') then
    redis.call('SET', name, 'undone', 'KEEPTTL')
  end
end

$attempt
  if call('EXISTS', receipt) == 1 then return {$repeated, call('ZCARD', index)} end
  $write_even_when_full
  call('UNLINK', receipt)  -- may be refused, as long as nothing was written
  call('SET', receipt, '', 'EX', $receipt_seconds)
  if ARGV[1] ~= '0' then erase(call('ZRANGE', index, 0, ARGV[1] - 1)) end
  local named = tonumber(ARGV[2])
  erase({unpack(ARGV, 3, 2 + named)})
  for number = 3 + named, #ARGV do blank(ARGV[number]) end
  return call('ZCARD', index)
$end
""",
    keys=2,
    delete=_DELETE,
)
"""Erase some conversations: how many are left in the index."""
