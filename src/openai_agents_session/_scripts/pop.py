"""The Lua of a pop, and of its undoing."""

from __future__ import annotations

from .frame import Script

# Entries of pops that can no longer be undone, or that no such pop precedes. A user who may not
# do this pops all the same.
_FORGET_OLD_POPS = """
for _ = 1, 256 do
  local oldest = redis.pcall('LINDEX', pops, 0)
  if type(oldest) ~= 'string' then break end
  local token = string.match(oldest, '^%d+ (%x+)')
  if token and redis.pcall('EXISTS', string.sub(receipt, 1, -33) .. token) ~= 0 then break end
  if type(redis.pcall('LPOP', pops)) == 'table' then break end
end
"""

# Nothing here can be refused, except to forget the entry: the commands that came before were not.
_GIVE_BACK = """
if element then
  redis.call('RPUSH', KEYS[1], element)
  if lifetime and lifetime >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(lifetime, 1)) end
end
if noted then redis.pcall('LTRIM', KEYS[3], 0, -2) end
"""

# The log is written first, which finds out whether the element could be given back. The receipt
# is written last, for it holds the element: a repeated call takes one more, and gives it back.
POP = Script(
    """
local lifetime, noted, element, kept
$begin
  local position = call('LLEN', history) - 1
  if position >= 0 then
    $refresh_even_when_full
    lifetime = position == 0 and call('PTTL', history)
    local entry = position .. ' ' .. string.sub(receipt, -32) .. ' ' .. (lifetime or '')
    noted = call('RPUSH', pops, entry)
    call('PEXPIRE', pops, ${receipt_seconds}000)
    element = call('RPOP', history)
    local taken = position .. ':' .. element
    kept = call('SET', receipt, taken, 'EX', $receipt_seconds, 'NX')
    if kept then
      if position > 0 then
        $changed
      else
        $emptied
      end
      if noted % 64 == 0 then $forget_old_pops end
      return taken
    end
    $give_back
    element, noted = nil, nil
  end
  local known = call('GET', receipt)
  if known then return known ~= 'undone' and {$repeated, known} or nil end
  $write_even_when_full
  call('SET', receipt, 'undone', 'EX', $receipt_seconds)  -- a late copy must take nothing
$answer
$give_back
if kept then redis.call('SET', KEYS[2], 'undone', 'EX', $receipt_seconds) end
$refuse
""",
    forget_old_pops=_FORGET_OLD_POPS,
    give_back=_GIVE_BACK,
)
"""Take the newest element: 'position:element', kept as the receipt for a repeated call.

KEYS[3] is a log of the pops that can still be undone, and of what has moved their places since:

- `POSITION TOKEN LIFETIME`: a pop; the lifetime in milliseconds if it emptied the list
- `trim COUNT`: elements dropped from the front
- `cut POSITION`: everything from there on replaced
- `back TOKEN`: an element put back
- `new`: a list begun after pops had emptied the old one
"""

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
  local known, token = call('GET', receipt), string.sub(receipt, -32)
  log = call('LRANGE', pops, 0, -1)
  if known == 'undone' then
    for _, entry in ipairs(log) do
      if entry == 'back ' .. token then return {$repeated, 1} end
    end
    return {$repeated}
  end
  $write_even_when_full
  if not known then
    call('SET', receipt, 'undone', 'EX', $receipt_seconds)
    return
  end
  local length = call('LLEN', history)
  local at = place(token, #log)
  local emptied, lifetime = string.match(log[#log] or '', '^(0) %S+ (.*)')
  if length == 0 and not emptied then at = nil end
  local later = at and call('LRANGE', history, at, -1) or {}
  -- These may be refused, as long as nothing was written.
  if #later > 0 then call('LSET', history, -1, later[#later]) end
  if at and length == 0 then call('PEXPIRE', receipt, ${receipt_seconds}000) end
  call('SET', receipt, 'undone', 'EX', $receipt_seconds)
  if not at then return end
  local element = string.match(known, '^%d+:(.*)$$')
  call('RPUSH', pops, 'back ' .. token)
  call('EXPIRE', pops, $receipt_seconds)
  call('RPUSH', history, later[#later] or element)
  if #later > 0 then
    call('LSET', history, at, element)
    for offset = 1, #later - 1 do call('LSET', history, at + offset, later[offset]) end
  end
  if length == 0 and tonumber(lifetime) >= 0 then
    call('PEXPIRE', history, math.max(lifetime, 1))
  end
  $refresh
  $changed
  return 1
$end
""")
"""Put back, in its place, what the pop with this receipt took, or keep it from taking anything.

1 if an item was put back. What was cleared, replaced or trimmed since stays gone."""
