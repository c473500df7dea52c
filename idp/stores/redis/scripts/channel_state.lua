-- Everything about a channel, as a flat list of names and values. KEYS: the channel.
return redis.call('HGETALL', KEYS[1])
