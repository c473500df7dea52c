-- Takes back one hit. KEYS: one window.  ARGV: the time the hit was counted at.
return redis.call('LREM', KEYS[1], 1, ARGV[1])
