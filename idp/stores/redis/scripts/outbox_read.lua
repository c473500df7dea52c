-- KEYS: stream.  ARGV: most.  The oldest events, still kept.
return redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])
