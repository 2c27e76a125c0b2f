"""The Lua that makes a conversation one of a user's: in one step, or from one slot to another."""

from __future__ import annotations

from .frame import Script
from .void import VOID_TURN

# What was remembered under the new key comes first: it is newer.
_MERGE = """
local function merge(records, fields, from, to)
  if from > to then return end
  redis.call('EXPIRE', records, 86400)  -- may be refused, as long as nothing was written
  for number = from, to, 2 do
    redis.call('HSETNX', records, fields[number], fields[number + 1])
  end
  redis.call('EXPIRE', records, 86400)
end
"""

_DIGEST = """
local function digest(elements, first, last)
  if last > #elements then return nil end
  local parts = {}
  for number = first, last do parts[#parts + 1] = #elements[number] .. ':' .. elements[number] end
  return redis.sha1hex(table.concat(parts))
end
"""

# KEYS: the conversation, receipt, log of pops, lock, records of adds and of turns; then those of
# the new one: records of adds and of turns, log of pops, list.
MOVE = Script(
    """
local ttl, source, history = '', KEYS[1], KEYS[10]
$void_turn
$merge

local kept, moved
$attempt
  if call('EXISTS', KEYS[2]) == 1 then return {$repeated, 'adopted'} end
  local count, held = call('LLEN', source), call('LLEN', history)
  if count == 0 then return held > 0 and 'adopted' or 'missing' end
  if held > 0 then return 'both' end
  local adds, turns = call('HGETALL', KEYS[5]), call('HGETALL', KEYS[6])
  kept = call('SET', KEYS[2], '', 'EX', $receipt_seconds)
  merge(KEYS[7], adds, 1, #adds)
  merge(KEYS[8], turns, 1, #turns)
  moved = call('RENAME', source, history)
  $begun
  $changed
  void_turn(KEYS[4], string.sub(KEYS[2], 1, -33))
  call('UNLINK', KEYS[3], KEYS[5], KEYS[6], KEYS[9])
  return 'adopted'
$answer
if moved then redis.pcall('RENAME', history, source) end
if kept then redis.pcall('UNLINK', KEYS[2]) end
$refuse
""",
    keys=10,
    void_turn=VOID_TURN,
    merge=_MERGE,
)
"""Rename a conversation: 'adopted' (also before), 'missing', or 'both' exist. To be indexed."""

# ARGV: seconds, the mark of this copy, milliseconds to live or less than 0, how many fields and
# values of the records of adds and of turns follow, these, and the elements.
COPY = Script(
    """
local milliseconds, first_of_turns = tonumber(ARGV[3]), 6 + ARGV[4]
local first_new = first_of_turns + ARGV[5]
local first, info = first_new, KEYS[8]
$merge
$digest

$begin
  local held, later = call('LLEN', history), {}
  if call('EXISTS', receipt) == 1 then return {$repeated, 1} end
  if held > 0 then
    local count, copied = string.match(call('HGET', info, 'adopting') or '', '^(%d+) (%x+)$$')
    if not count then return 0 end
    if digest(ARGV, first, first + count - 1) == copied then
      first_new = first + count
    elseif digest(call('LRANGE', history, 0, count - 1), 1, tonumber(count)) == copied then
      later = call('LRANGE', history, count, -1)
    else
      return 0
    end
  end
  call('SET', receipt, '', 'EX', $receipt_seconds)
  merge(KEYS[5], ARGV, 6, first_of_turns - 1)
  merge(KEYS[6], ARGV, first_of_turns, first - 1)
  $append
  if held > 0 and first_new == first then
    for from = 1, #later, 1000 do
      call('RPUSH', history, unpack(later, from, math.min(from + 999, #later)))
    end
    call('LTRIM', history, held, -1)
  end
  if held == 0 or first_new == first then call('UNLINK', pops) end
  if held == 0 and milliseconds >= 0 then call('PEXPIRE', history, ARGV[3]) end
  if held == 0 then $begun end
  $changed
  call('HSET', info, 'adopting', ARGV[2])
  return 1
$end
""",
    keys=6,
    merge=_MERGE,
    digest=_DIGEST,
)
"""Copy a conversation, or what has changed in it since an earlier copy: 1, or 0 if there is another
one already. To be indexed.

The mark in the info, which stays until the original is removed, says how many elements the copy
holds at its beginning, and their digest. What was done to the copy since is kept."""

# ARGV: seconds, and the digest of the elements.
REMOVE = Script(
    """
$void_turn
$digest
$begin
  if call('EXISTS', receipt) == 1 then return {$repeated, 1} end
  local elements = call('LRANGE', history, 0, -1)
  if digest(elements, 1, #elements) ~= ARGV[2] then return 0 end
  $write_even_when_full
  call('SET', receipt, '', 'EX', $receipt_seconds)
  void_turn(KEYS[4], string.sub(receipt, 1, -33))
  call('UNLINK', history, pops, KEYS[5], KEYS[6])
  return 1
$end
""",
    keys=6,
    void_turn=VOID_TURN,
    digest=_DIGEST,
)
"""Remove a conversation that was copied: 1, or 0 if it has changed since."""

ADOPTED = Script(
    """
$attempt
  call('HDEL', KEYS[3], 'adopting')
$end
""",
    keys=1,
)
"""Remove the mark of a copy, whose original is gone. To be indexed."""
