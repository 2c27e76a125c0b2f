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

# Renewing the receipt shows whether the call is repeated, and lets a full server do the rest.
# Whatever may be refused comes before the element is taken, except the receipt, which holds it.
POP = Script(
    """
local noted, element, lifetime
$begin
  if call('EXPIRE', receipt, $receipt_seconds) == 1 then
    local known = call('GET', receipt)
    return known ~= 'undone' and {$repeated, known} or nil
  end
  local position = call('LLEN', history) - 1
  if position < 0 then
    call('SET', receipt, 'undone', 'EX', $receipt_seconds)  -- a late copy must take nothing
    return
  end
  $refresh
  lifetime = ''
  if position == 0 then
    local left = call('PTTL', history)
    if left >= 0 then lifetime = string.format('%.0f', math.min(math.max(left, 1), 9e18)) end
  end
  local entry = position .. ' ' .. string.sub(receipt, -32) .. ' ' .. lifetime
  noted = call('RPUSH', pops, entry)
  call('EXPIRE', pops, $receipt_seconds)
  $try_to_pop
  if position > 0 then
    $changed
  else
    $emptied
  end
  element = call('RPOP', history)
  local taken = position .. ':' .. element
  call('SET', receipt, taken, 'EX', $receipt_seconds)
  if noted % 64 == 0 then $forget_old_pops end
  return taken
$answer
if element then  -- the receipt was refused
  redis.pcall('RPUSH', KEYS[1], element)
  if lifetime ~= '' then redis.pcall('PEXPIRE', KEYS[1], lifetime) end
end
if noted and type(redis.pcall('RPOP', KEYS[3])) == 'table' then
  redis.pcall('LTRIM', KEYS[3], 0, -2)
end
$refuse
""",
    forget_old_pops=_FORGET_OLD_POPS,
)
"""Take the newest element: 'position:element', kept as the receipt for a repeated call.

KEYS[3] is a log of the pops that can still be undone, and of what has moved their places since:

- `POSITION TOKEN LIFETIME`: a pop; the lifetime in milliseconds if it emptied a list that had one
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
  if length == 0 and lifetime ~= '' then call('PEXPIRE', history, lifetime) end
  $refresh
  $changed
  return 1
$end
""")
"""Put back, in its place, what the pop with this receipt took, or keep it from taking anything.

1 if an item was put back. What was cleared, replaced or trimmed since stays gone."""
