-- KEYS: stream.  ARGV: event kind, event as JSON.
return redis.call('XADD', KEYS[1], '*', 'kind', ARGV[1], 'event', ARGV[2])
