-- KEYS: stream.  ARGV: ids that are in the log now. The empty stream stays: its last id must not be given twice.
return redis.call('XDEL', KEYS[1], unpack(ARGV))
