-- Whether a call may be made. A breaker that has been open long enough lets exactly one caller pass, as its probe: the
-- time of the probe takes the place of the time of opening, so that a probe that never reports is followed by another.
-- KEYS: the channel.
-- ARGV: operation, now, seconds a breaker stays open, day, its quota ('' for none), life in milliseconds.
-- Answers {'breaker', the time at which a probe may pass}, {'quota'} or {'', is it a probe, calls of the day}.
local key, operation, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local known = redis.call('HMGET', key, 'opened:' .. operation, 'day', 'used')
local opened = known[1]
if opened and now < tonumber(opened) + tonumber(ARGV[3]) then
  return { 'breaker', string.format('%.6f', tonumber(opened) + tonumber(ARGV[3])) }
end
local used = 0
if ARGV[5] ~= '' then
  used = 1 + (known[2] == ARGV[4] and tonumber(known[3]) or 0)
  if used > tonumber(ARGV[5]) then
    return { 'quota' }
  end
  redis.call('HSET', key, 'day', ARGV[4], 'used', used)
end
if opened then
  redis.call('HSET', key, 'opened:' .. operation, ARGV[2])
end
if opened or used > 0 then
  redis.call('PEXPIRE', key, ARGV[6])
end
return { '', opened and 1 or 0, used }
