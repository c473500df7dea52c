-- KEYS: session.  ARGV: base, now, digest.
return end_session(ARGV[3])
