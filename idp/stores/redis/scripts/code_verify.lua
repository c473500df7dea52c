-- Counts the try and compares, in one step: however many guess at once, only `tries` of them are looked at.
-- KEYS: slot.  ARGV: fingerprint of the guess, now.  Answers {matched, tries left}.
local c = redis.call('HMGET', KEYS[1], 'code', 'tries', 'ends')
if not c[1] or tonumber(c[3]) <= tonumber(ARGV[2]) or tonumber(c[2]) < 1 then
  return { 0, 0 }
end
local left = redis.call('HINCRBY', KEYS[1], 'tries', -1)
local matched = c[1] == ARGV[1]
if matched or left == 0 then
  redis.call('DEL', KEYS[1])
end
return { matched and 1 or 0, left }
