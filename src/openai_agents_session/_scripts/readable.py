"""Reading for clients that decode every reply, even with NEVER_DECODE.

The async client of redis-py 5.0 does so if it uses hiredis and `decode_responses=True`. It then
fails on an element that is not UTF-8. Such an element is not an item anyway, so these scripts show
it as an empty one.
"""

from __future__ import annotations

from .frame import Script

READABLE_ELEMENT = r"""
local function readable(element)
  local rest = string.gsub(element, '[\194-\223][\128-\191]', ' ')
  rest = string.gsub(rest, '\224[\160-\191][\128-\191]', ' ')
  rest = string.gsub(rest, '[\225-\236\238\239][\128-\191][\128-\191]', ' ')
  rest = string.gsub(rest, '\237[\128-\159][\128-\191]', ' ')
  rest = string.gsub(rest, '\240[\144-\191][\128-\191][\128-\191]', ' ')
  rest = string.gsub(rest, '[\241-\243][\128-\191][\128-\191][\128-\191]', ' ')
  rest = string.gsub(rest, '\244[\128-\143][\128-\191][\128-\191]', ' ')
  if string.find(rest, '[\128-\255]') then return '' end
  return element
end
"""

READABLE = Script(
    READABLE_ELEMENT
    + """
$begin
  local elements = call('LRANGE', history, ARGV[1], -1)
  for offset, element in ipairs(elements) do elements[offset] = readable(element) end
  return elements
$end
""",
    keys=1,
)
"""The elements of KEYS[1], starting at position ARGV[1]."""

READABLE_POP = Script(
    READABLE_ELEMENT
    + """
$begin
  local known = call('GET', receipt)
  if not known or known == 'undone' then return end
  local position, element = string.match(known, '^(%d+:)(.*)$$')
  return position .. readable(element)
$end
"""
)
"""What the pop with this receipt took."""
