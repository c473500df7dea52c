-- The records of a citizen that have not expired, the last to expire first.
-- KEYS: index.  ARGV: now.
return redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. ARGV[1])
