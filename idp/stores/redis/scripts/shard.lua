-- Prelude of every script on a citizen's live state.
-- ARGV[1] is the key base of the shard ("prefix{NN}:"), ARGV[2] the caller's clock in seconds.
-- All keys of a citizen carry the same hash tag {NN}, so keys that are only found on the way (the indexes, the grants
-- of a session) live in the slot of KEYS[1] and may be touched here, in a cluster too.
local base, now = ARGV[1], tonumber(ARGV[2])

local function stamp(t)
  return string.format('%.6f', t)
end

-- Life left in milliseconds. Relative, never absolute: the server's clock need not agree with the caller's.
local function life(t)
  return math.max(1, math.ceil((t - now) * 1000))
end

-- An index lives as long as the longest life it points at.
local function keep_index(key, t)
  local ms = life(t)
  if redis.call('PTTL', key) < ms then
    redis.call('PEXPIRE', key, ms)
  end
end

local function grants_of(citizen)
  return base .. 'cg:' .. citizen
end

local function sessions_of(citizen)
  return base .. 'cs:' .. citizen
end

-- The idle and the absolute life of a session are judged where it is used.
local function session_lives(seen, idle, ends)
  return seen and ends and now < tonumber(ends) and now < tonumber(seen) + tonumber(idle)
end

-- Workers' clocks differ a little: the last sight never moves back.
local function touch(key, seen)
  if now > tonumber(seen) then
    redis.call('HSET', key, 'seen', stamp(now))
  end
end

-- Every name of the space-separated `asked` is among `had` (text padded with a space on both sides).
local function scope_within(asked, had)
  for name in string.gmatch(asked, '[^ ]+') do
    if not string.find(had, ' ' .. name .. ' ', 1, true) then
      return false
    end
  end
  return true
end
