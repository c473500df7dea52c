-- KEYS: record.  ARGV: sealed value, expiry, life in milliseconds.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], 'version', 1, 'value', ARGV[1], 'ends', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
