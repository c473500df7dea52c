-- Opens a session and enters it in the citizen's index; the oldest one ends when there are too many.
-- KEYS: session, index.  ARGV: base, now, digest, citizen, facts, auth_time, level, handle, absolute life, most.
local digest, citizen, ends = ARGV[3], ARGV[4], now + tonumber(ARGV[9])
redis.call('HSET', KEYS[1], 'citizen', citizen, 'facts', ARGV[5], 'auth_time', ARGV[6], 'level', ARGV[7],
  'handle', ARGV[8], 'line', digest, 'seen', stamp(now), 'ends', stamp(ends))
redis.call('PEXPIRE', KEYS[1], life(ends))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', stamp(now))
redis.call('ZADD', KEYS[2], stamp(ends), digest)
keep_index(KEYS[2], ends)
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[10])
if over > 0 then
  for _, old in ipairs(redis.call('ZRANGE', KEYS[2], 0, over)) do
    if old ~= digest and over > 0 then
      over = over - 1
      if not end_session(old) then
        redis.call('ZREM', KEYS[2], old)
      end
    end
  end
end
return 1
