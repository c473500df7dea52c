-- Reads a record and counts the poll (RFC 8628 section 3.5: too soon makes the pause five seconds longer, for good).
-- KEYS: record.  ARGV: now, first pause, what it grows by, longest pause, tolerance.
-- Answers false (unknown, expired) or {version, value, note, 1 if too soon}.
local r = redis.call('HMGET', KEYS[1], 'version', 'value', 'ends', 'note', 'pause', 'polled')
local now = tonumber(ARGV[1])
if not r[3] or tonumber(r[3]) <= now then
  return false
end
local pause, soon = tonumber(r[5] or ARGV[2]), 0
if r[6] and now < tonumber(r[6]) + pause - tonumber(ARGV[5]) then
  pause, soon = math.min(pause + tonumber(ARGV[3]), tonumber(ARGV[4])), 1
end
redis.call('HSET', KEYS[1], 'pause', tostring(pause), 'polled', ARGV[1])
return { r[1], r[2], r[4], soon }
