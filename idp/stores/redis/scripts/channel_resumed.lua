-- The channel answered. KEYS: the channel.
return redis.call('HDEL', KEYS[1], 'paused')
