"""The Lua of adding items, and of dropping old turns beyond a maximum."""

from __future__ import annotations

from .frame import Script
from .user_messages import BEGINNING

ADD = Script("""
local kept, added
$begin
  local first_new = 2
  kept = call('SET', receipt, '', 'EX', $receipt_seconds, 'NX')
  if not kept then return {$repeated} end
  $append
  added = true
  $set_lifetime
  if pushed == #ARGV - 1 then $begin_list end
  $added
$answer
if added then redis.pcall('LTRIM', KEYS[1], 0, -#ARGV) end
if kept then redis.pcall('UNLINK', KEYS[2]) end
if not kept and redis.pcall('EXISTS', KEYS[2]) == 1 then return {$repeated} end
$refuse
""")
"""Append the items ARGV[2...] and set the lifetime."""

# ARGV: seconds, the length that the list must have, then the new elements.
ADD_AT = Script("""
local first_new = 3
$begin
  local before = call('LLEN', history)
  local known = call('GET', receipt)
  if known then return {$repeated, tonumber(known)} end
  local fits = before == tonumber(ARGV[2]) and 1 or 0
  call('SET', receipt, fits, 'EX', $receipt_seconds)
  if fits == 0 then return 0 end
  $set_lifetime
  if before == 0 then $begin_list end
  $changed_with_ttl
  $append
  $set_lifetime
  return 1
$end
""")
"""Append the items ARGV[3...]: 1, or 0 if the list has another length than ARGV[2]."""

# What Redis may refuse, before the write that counts. Needs the locals of BEGINNING.
MAKE_ROOM = """
local holder = call('GET', KEYS[4])  -- a turn that runs has read what would be cut off
local may_trim = most > 0 and not (holder and string.sub(holder, 1, 5) == 'turn:')
local first = may_trim and beginning() or 0
call('SET', receipt, '', 'EX', $receipt_seconds)
$set_lifetime
if before == 0 then $begin_list end
if first > 0 then
  call('LTRIM', history, 0, -1)
  call('RPUSHX', pops, 'trim ' .. first)
end
"""

APPEND_AND_TRIM = """
$changed_with_ttl
$append
if first > 0 then call('LTRIM', history, first, -1) end
$set_lifetime
"""

# ARGV: seconds, the maximum number of elements, then the new elements.
ADD_AND_TRIM = Script(
    f"""
local most, first_new = tonumber(ARGV[2]), 3
$beginning

$begin
  before = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return {{$repeated}} end
  {MAKE_ROOM}
  {APPEND_AND_TRIM}
$end
""",
    keys=4,
    beginning=BEGINNING,
)
"""Append the items ARGV[3...], then drop turns from the front until at most ARGV[2] are left."""
