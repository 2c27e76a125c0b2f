"""The Lua of a turn: its begin, the renewal of its lease, its commit.

The lease is the lock of the conversation. Its value is the token of the turn, and `TOKEN:void` once
the conversation was cleared while the turn ran.
"""

from __future__ import annotations

from .frame import Script
from .readable import READABLE_ELEMENT
from .records import REMEMBER
from .user_messages import BEGINNING

# A conversation that expires does so after its turn.
_KEEP_ALIVE = """
local left = call('PTTL', history)
if left > 0 then
  if ttl ~= '' then
    call('EXPIRE', history, ttl)
    left = ttl * 1000
  end
  if left < tonumber(lease) then call('PEXPIRE', history, lease) end
end
"""

BEGIN = Script(
    """
local history, lock, records, given_up = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ttl, token, lease, key = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
$remember
$attempt
  local length = call('LLEN', history)
  if key ~= '' then
    local record = remembered(records, key)
    if record then return {'known', record} end
  end
  local holder = call('GET', lock)
  if holder then
    local of = string.gsub(holder, ':void$$', '')
    if of == token then return {$repeated, {'begun', length}} end
    return {'busy', of}
  end
  if call('EXISTS', given_up) == 1 then return {'busy', ''} end  -- a late copy of the call
  call('SET', lock, token, 'PX', lease)
  $keep_alive
  $follow
  return {'begun', length}
$end
""",
    keys=4,
    keep_alive=_KEEP_ALIVE,
    remember=REMEMBER,
)
"""Begin a turn: {'begun', length}, {'known', record of its key}, or {'busy', token of another}."""

RENEW = Script(
    """
local history, lock = KEYS[1], KEYS[2]
local ttl, token, lease = ARGV[1], ARGV[2], ARGV[3]
$attempt
  local holder = call('GET', lock)
  if holder ~= token and holder ~= token .. ':void' then return 0 end
  call('PEXPIRE', lock, lease)
  $keep_alive
  $follow
  return 1
$end
""",
    keys=2,
    keep_alive=_KEEP_ALIVE,
)
"""Prolong the lease of this token: 1, or 0 if it has been lost."""

# ARGV: seconds, token, how many elements there were, how many of these stay, where the comparison
# begins, its SHA-1, the maximum, the key, seconds of its record, the record, how many elements are
# sent for comparison, these, and the new elements.
_COMMIT = """
local lock, records, given_up = KEYS[4], KEYS[5], KEYS[6]
local token, length, kept, from = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local most, key, samples = tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[11])
local first_new = 12 + samples
$beginning
$remember

-- nil where the server cannot tell.
local function is_unchanged()
  if from == length then return true end
  local read = redis.call('LRANGE', KEYS[1], from, length - 1)
  $as_read
  if samples == 0 then
    if not redis.sha1hex then return nil end
    for number, element in ipairs(read) do read[number] = #element .. ':' .. element end
    return redis.sha1hex(table.concat(read)) == ARGV[6]
  end
  for number = 1, samples do
    if read[number] ~= ARGV[11 + number] then return false end
  end
  return true
end

local kept_receipt, noted
$begin
  local done = call('GET', receipt)
  if done then return {$repeated, {'committed', done}} end
  if key ~= '' and remembered(records, key) then return {'conflict', 'known'} end
  -- The conversation was cleared, or this is a late copy of a commit that was given up.
  if call('EXISTS', given_up) == 1 then return {'conflict', 'cleared'} end
  local holder, now = call('GET', lock), call('LLEN', history)
  if holder == token .. ':void' then return {'conflict', 'cleared'} end
  if holder and holder ~= token then return {'conflict', 'taken'} end
  if now < length then return {'conflict', 'changed'} end
  if now > length and not holder then return {'conflict', 'lost'} end
  if now > length and kept < length then return {'conflict', 'changed'} end
  local unchanged = is_unchanged()
  if unchanged == nil then return {'send'} end
  if not unchanged then return {'conflict', 'changed'} end
  before = kept < length and kept or now
  local first = most > 0 and beginning() or 0
  local position = before - first
  call('SET', receipt, position, 'EX', $receipt_seconds)
  kept_receipt = true
  call('SET', given_up, '', 'EX', $receipt_seconds)
  if kept < length then call('LTRIM', history, 0, -1) end
  if first_new <= #ARGV then
    $set_lifetime
    $changed_with_ttl
  elseif before > first then
    $refresh
    $changed
  else
    $emptied
  end
  if kept == 0 and length > 0 then
    call('UNLINK', pops)
  elseif kept < length then
    call('RPUSHX', pops, 'cut ' .. kept)
  end
  if before == 0 and now == 0 then $begin_list end
  if first > 0 then
    call('LTRIM', history, 0, -1)
    call('RPUSHX', pops, 'trim ' .. first)
  end
  if holder then call('DEL', lock) end
  if key ~= '' then
    noted = true
    remember(records, key, position .. ' ' .. ARGV[10], ARGV[9])
  end
  $append
  if kept == 0 and length > 0 then
    call('LTRIM', history, length, -1)
  elseif kept < length then
    call('LTRIM', history, 0, kept - 1)
    $append
  end
  if first > 0 then call('LTRIM', history, first, -1) end
  if first_new <= #ARGV then
    $set_lifetime
  else
    $refresh
  end
  return {'committed', tostring(position)}
$answer
if noted then redis.pcall('HDEL', records, key) end
if kept_receipt then redis.pcall('UNLINK', KEYS[2], given_up) end
$refuse
"""

_READ_AGAIN = """
  for number, element in ipairs(read) do read[number] = readable(element) end
"""


def _commit(before: str = "", as_read: str = "") -> Script:
    source = before + _COMMIT
    return Script(source, keys=6, beginning=BEGINNING, remember=REMEMBER, as_read=as_read)


COMMIT = _commit()
"""Commit a turn: {'committed', position}, {'conflict', why}, or {'send'} what is to be compared."""

COMMIT_READABLE = _commit(READABLE_ELEMENT, _READ_AGAIN)
"""The same for a turn that has read elements as `READABLE` shows them."""
