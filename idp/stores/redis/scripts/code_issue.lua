-- KEYS: slot.  ARGV: fingerprint of the code, tries, expiry, life in milliseconds. A new code voids the old one.
redis.call('HSET', KEYS[1], 'code', ARGV[1], 'tries', ARGV[2], 'ends', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
