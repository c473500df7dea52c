-- Replay guard: SET NX, but judged by the caller's clock.
-- KEYS: guard.  ARGV: now, expiry, life in milliseconds.
local ends = redis.call('GET', KEYS[1])
if ends and tonumber(ends) > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
