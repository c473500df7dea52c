-- Whose session this is, asleep or not; nobody is thereby seen.
-- KEYS: session.  ARGV: base, now.
return redis.call('HGET', KEYS[1], 'citizen')
