"""The Lua scripts of a conversation's lock. KEYS: lock, receipt. ARGV: token, milliseconds."""

from __future__ import annotations

from .frame import Script

ACQUIRE = Script(
    """
$attempt
  local lock, token, milliseconds = KEYS[1], ARGV[1], tonumber(ARGV[2])
  local taken
  if call('EXISTS', KEYS[2]) == 1 then return 0 end
  if milliseconds > 0 then
    taken = call('SET', lock, token, 'NX', 'PX', milliseconds)
  else
    taken = call('SET', lock, token, 'NX')
  end
  if taken then return 1 end
  if call('GET', lock) == token then return {$repeated, 1} end
  return 0
$end
""",
    keys=2,
)
"""Take the lock for this token: 1 if it has it now, also from an earlier attempt.

0 if the call was given up before it arrived."""

GIVE_UP = Script(
    """
$attempt
  local lock, receipt, token = KEYS[1], KEYS[2], ARGV[1]
  $write_even_when_full
  call('SET', receipt, '', 'EX', $receipt_seconds)
  local holder = call('GET', lock)
  if holder == token or holder == token .. ':void' then call('DEL', lock) end
$end
""",
    keys=2,
)
"""Free the lock of this token, or turn, even if the call that takes it has yet to arrive."""

RELEASE = Script(
    """
$attempt
  local lock, receipt = KEYS[1], KEYS[2]
  if call('GET', lock) ~= ARGV[1] then
    return call('EXISTS', receipt) == 1 and {$repeated, 1} or 0
  end
  $write_even_when_full
  call('SET', receipt, '', 'EX', $receipt_seconds)
  call('DEL', lock)
  return 1
$end
""",
    keys=2,
)
"""Free the lock: 1 if this token held it, also before an earlier attempt."""

EXTEND = Script(
    """
$attempt
  local lock, receipt, milliseconds = KEYS[1], KEYS[2], tonumber(ARGV[2])
  if call('GET', lock) ~= ARGV[1] then return 0 end
  local left = call('PTTL', lock)
  if call('EXISTS', receipt) == 1 then return {$repeated, 1} end
  if left < 0 then return 1 end
  if ARGV[3] == '0' then milliseconds = milliseconds + left end
  $write_even_when_full
  call('SET', receipt, '', 'EX', $receipt_seconds)
  call('PEXPIRE', lock, milliseconds)
  return 1
$end
""",
    keys=2,
)
"""Prolong the lock of this token by ARGV[2], or, with ARGV[3] = 1, set its lifetime to that."""
