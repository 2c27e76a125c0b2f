"""The Lua that makes a conversation one of a user's: in one step, or from one slot to another."""

from __future__ import annotations

from .frame import Script

# A turn that runs has read the conversation under its old key.
_LEAVE = """
local function leave(lock)
  local holder = redis.call('GET', lock)
  if holder and string.sub(holder, 1, 5) == 'turn:' and string.sub(holder, -5) ~= ':void' then
    redis.call('SET', lock, holder .. ':void', 'KEEPTTL')
  end
end
"""

# What was remembered under the new key comes first: it is newer.
_MERGE = """
local function merge(records, fields, from, to)
  for number = from, to, 2 do
    redis.call('HSETNX', records, fields[number], fields[number + 1])
  end
  if from <= to then redis.call('EXPIRE', records, 86400) end
end
"""

# KEYS: the conversation, receipt, log of pops, lock, records of adds and of turns; then those of
# the new one: records of adds and of turns, log of pops, list.
MOVE = Script(
    """
local ttl, source, history = '', KEYS[1], KEYS[10]
$leave
$merge

local function move(records, new_records)
  local fields = redis.call('HGETALL', records)
  merge(new_records, fields, 1, #fields)
  redis.call('UNLINK', records)
end

$attempt
  if call('EXISTS', KEYS[2]) == 1 then return 'adopted' end
  local count, held = call('LLEN', source), call('LLEN', history)
  if count == 0 then return held > 0 and 'adopted' or 'missing' end
  if held > 0 then return 'both' end
  call('SET', KEYS[2], '', 'EX', $receipt_seconds)
  leave(KEYS[4])
  call('UNLINK', KEYS[3], KEYS[9])
  move(KEYS[5], KEYS[7])
  move(KEYS[6], KEYS[8])
  call('RENAME', source, history)
  $changed
  return 'adopted'
$end
""",
    keys=10,
    leave=_LEAVE,
    merge=_MERGE,
)
"""Rename a conversation: 'adopted' (also before), 'missing', or 'both' exist. To be indexed."""

# ARGV: seconds, the mark that an earlier copy has left, the new one, milliseconds to live or less
# than 0, how many fields and values of the records of adds and of turns follow, these, and the
# elements that are not there yet.
COPY = Script(
    """
local mark, milliseconds = ARGV[2], tonumber(ARGV[4])
local first_of_turns = 7 + ARGV[5]
local first_new = first_of_turns + ARGV[6]
local info = KEYS[8]
$merge

$begin
  local held = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return 1 end
  if held > 0 and (mark == '' or call('HGET', info, 'adopting') ~= mark) then return 0 end
  call('SET', receipt, '', 'EX', $receipt_seconds)
  if held == 0 then call('UNLINK', pops) end
  merge(KEYS[5], ARGV, 7, first_of_turns - 1)
  merge(KEYS[6], ARGV, first_of_turns, first_new - 1)
  $append
  if held == 0 and milliseconds >= 0 then call('PEXPIRE', history, ARGV[4]) end
  $changed
  call('HSET', info, 'adopting', ARGV[3])
  return 1
$end
""",
    keys=6,
    merge=_MERGE,
)
"""Copy a conversation, or what an earlier copy lacks: 1, or 0 if there is another one already.

To be indexed. The mark in the info stays until the original is removed."""

# ARGV: seconds, and the digest of the elements.
REMOVE = Script(
    """
$leave
$begin
  if call('EXISTS', receipt) == 1 then return 1 end
  local elements = call('LRANGE', history, 0, -1)
  for number, element in ipairs(elements) do elements[number] = #element .. ':' .. element end
  if redis.sha1hex(table.concat(elements)) ~= ARGV[2] then return 0 end
  $write_even_when_full
  call('SET', receipt, '', 'EX', $receipt_seconds)
  leave(KEYS[4])
  call('UNLINK', history, pops, KEYS[5], KEYS[6])
  return 1
$end
""",
    keys=6,
    leave=_LEAVE,
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
