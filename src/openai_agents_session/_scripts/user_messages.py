"""The Lua that finds where turns begin: at user messages."""

from __future__ import annotations

IS_USER_MESSAGE = r"""
-- Parsing costs; most elements do not hold the word at all.
local function is_user_message(element)
  if not string.find(element, '"user"', 1, true) then return false end
  element = string.gsub(element, '\\u[dD][89a-fA-F]%x%x', '\\u003f')  -- cjson wants pairs
  local parsed, item = pcall(cjson.decode, element)
  if not parsed or type(item) ~= 'table' or item.role ~= 'user' then return false end
  return item.type == nil or item.type == cjson.null or item.type == 'message'
end
"""

BEGINNING = f"""
-- The list will hold its first `before` elements, then those from ARGV[first_new] on, of which it
-- is to keep `most`.
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

{IS_USER_MESSAGE}

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
"""
"""Needs the locals `most` and `first_new`; `before` is set in the script."""
