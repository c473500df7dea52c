-- What the server of this key says about its memory. KEYS: any key of it.
return redis.call('INFO', 'memory')
