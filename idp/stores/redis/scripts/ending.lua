-- Prelude: how grants and sessions end. Nothing of an ended one stays, in its key or in its index.
local function end_grant(citizen, id)
  redis.call('ZREM', grants_of(citizen), id)
  return redis.call('DEL', base .. 'g:' .. id)
end

-- Ends the grants of a session that are not offline. Grants that died by themselves leave the index.
local function end_grants_of_session(citizen, line)
  for _, id in ipairs(redis.call('ZRANGE', grants_of(citizen), 0, -1)) do
    local g = redis.call('HMGET', base .. 'g:' .. id, 'session', 'offline')
    if not g[1] or (g[1] == line and g[2] ~= '1') then
      end_grant(citizen, id)
    end
  end
end

-- Ends a session with its grants. Answers {citizen, client, sub, sid, client, sub, sid, ...}: whom to tell; false when
-- there is none. One that idled out is still ended here, so that its relying parties are told.
local function end_session(digest)
  local key = base .. 's:' .. digest
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then
    return false
  end
  local all = {}
  for i = 1, #flat, 2 do
    all[flat[i]] = flat[i + 1]
  end
  local told = { all['citizen'] }
  for field, sub in pairs(all) do
    local client = string.match(field, '^sub:(.*)$')
    if client then
      told[#told + 1] = client
      told[#told + 1] = sub
      told[#told + 1] = all['sid:' .. client]
    end
  end
  end_grants_of_session(all['citizen'], all['line'])
  redis.call('ZREM', sessions_of(all['citizen']), digest)
  redis.call('DEL', key)
  return told
end

-- Enters a new grant in its citizen's index; when there are too many, the ones nearest their end give way, never it.
local function index_grant(citizen, id, ends, most)
  local index = grants_of(citizen)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', stamp(now))
  redis.call('ZADD', index, stamp(ends), id)
  keep_index(index, ends)
  local over = redis.call('ZCARD', index) - tonumber(most)
  if over > 0 then
    for _, old in ipairs(redis.call('ZRANGE', index, 0, over)) do
      if old ~= id and over > 0 then
        over = over - 1
        end_grant(citizen, old)
      end
    end
  end
end
