-- The result of a call that was let through.
-- KEYS: the channel; the operation's results of the window, newest first, each '<1 or 0 for failed> <time>'.
-- ARGV: operation, now, '1' for failed, '1' for the probe, failures in a row that open it, seconds of the window, calls
--       and share of failures that open it, life in milliseconds.
-- Answers 1 when this result opened the breaker, -1 when it closed it, else 0.
local key, results = KEYS[1], KEYS[2]
local operation, now, failed = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local opened_at, since = 'opened:' .. operation, 'since:' .. operation
local row, failures = 'row:' .. operation, 'failures:' .. operation
local known = redis.call('HMGET', key, opened_at, row, failures)

if known[1] then
  if ARGV[4] ~= '1' then
    return 0 -- let through before it opened
  end
  if failed then
    redis.call('HSET', key, opened_at, ARGV[2])
    redis.call('PEXPIRE', key, ARGV[9])
    return 0
  end
  redis.call('HDEL', key, opened_at, since)
  return -1
end

-- The list may have expired as a whole, and with it what was counted of it.
local calls = redis.call('LLEN', results)
local bad = calls > 0 and tonumber(known[3] or 0) or 0
local oldest = calls > 0 and redis.call('LINDEX', results, -1)
while oldest and tonumber(string.sub(oldest, 3)) <= now - tonumber(ARGV[6]) do
  redis.call('RPOP', results)
  calls, bad = calls - 1, bad - tonumber(string.sub(oldest, 1, 1))
  oldest = calls > 0 and redis.call('LINDEX', results, -1)
end
calls, bad = calls + 1, bad + (failed and 1 or 0)
local in_a_row = failed and tonumber(known[2] or 0) + 1 or 0

if in_a_row >= tonumber(ARGV[5]) or (calls >= tonumber(ARGV[7]) and bad >= tonumber(ARGV[8]) * calls) then
  redis.call('HSET', key, opened_at, ARGV[2], since, ARGV[2])
  redis.call('HDEL', key, row, failures)
  redis.call('DEL', results)
  redis.call('PEXPIRE', key, ARGV[9])
  return 1
end
redis.call('LPUSH', results, (failed and '1 ' or '0 ') .. ARGV[2])
redis.call('PEXPIRE', results, math.ceil(tonumber(ARGV[6]) * 1000))
redis.call('HSET', key, row, in_a_row, failures, bad)
redis.call('PEXPIRE', key, ARGV[9])
return 0
