-- KEYS: one key to forget.
return redis.call('DEL', KEYS[1])
