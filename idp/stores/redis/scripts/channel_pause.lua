-- The channel said until when it is away. KEYS: the channel.  ARGV: the time, life in milliseconds.
redis.call('HSET', KEYS[1], 'paused', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
