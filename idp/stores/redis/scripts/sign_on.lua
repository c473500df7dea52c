-- The single sign-on: judge the session, and if it satisfies the request write the grant with its code, the index
-- entry and the audit event, all or none.
-- KEYS: session, grant, outbox.
-- ARGV: base, now, idle life, client, scope, earliest auth_time, lowest level, expected sub ('' any, else '=' .. sub),
--       code digest, code life, grant life, offline ('1' or '0'), redirect_uri, code_challenge, nonce as JSON,
--       grant id, most grants, event kind, event as JSON, claims asked for, resources, details as JSON ('' none),
--       thumbprint of the key the code is bound to ('' none).
-- Answers false (no session), {1, level, citizen} or {0, facts, sub, sid, scopes, claims, claims asked for}.
local client = ARGV[4]
local s = redis.call('HMGET', KEYS[1], 'citizen', 'facts', 'auth_time', 'level', 'line', 'seen', 'ends',
  'sub:' .. client, 'sid:' .. client, 'scopes:' .. client, 'claims:' .. client,
  'asked:' .. client, 'level:' .. client, 'until:' .. client)
if not session_lives(s[6], ARGV[3], s[7]) then
  return false
end
touch(KEYS[1], s[6])

local citizen, sub, sid, scopes, claims, asked = s[1], s[8], s[9], s[10], s[11], s[12] or ''
local satisfied = sub
  and scope_within(ARGV[5], scopes)
  and tonumber(s[3]) >= tonumber(ARGV[6])
  and tonumber(s[4]) >= tonumber(ARGV[7])
  and (ARGV[8] == '' or ARGV[8] == '=' .. sub)
  and ARGV[20] == asked
  and s[13] == s[4]
  and now < (tonumber(s[14] or '') or math.huge)
if not satisfied then
  return { 0, s[2], sub, sid, scopes, claims, asked }
end

-- What is not offline ends with its session at the latest; an offline grant has no such cap.
local offline, cap = ARGV[12] == '1', tonumber(s[7])
local code_ends, grant_ends = now + tonumber(ARGV[10]), now + math.max(tonumber(ARGV[10]), tonumber(ARGV[11]))
if not offline then
  code_ends, grant_ends = math.min(code_ends, cap), math.min(grant_ends, cap)
end

-- The core is put together from JSON texts and never parsed here.
local core = '{"session":' .. s[2] .. ',"sub":' .. cjson.encode(sub) .. ',"sid":' .. cjson.encode(sid)
  .. ',"nonce":' .. ARGV[15] .. ',"offline":' .. (offline and 'true' or 'false') .. ',"asked":' .. cjson.encode(asked)
  .. (ARGV[22] == '' and '' or ',"details":' .. ARGV[22]) .. '}'
redis.call('HSET', KEYS[2], 'client', client, 'redirect_uri', ARGV[13], 'challenge', ARGV[14], 'scope', ARGV[5],
  'core', core, 'claims', claims, 'citizen', citizen, 'session', s[5], 'offline', ARGV[12],
  'cap', offline and '' or s[7], 'code', ARGV[9], 'code_ends', stamp(code_ends), 'ends', stamp(grant_ends))
if ARGV[21] ~= '' then
  redis.call('HSET', KEYS[2], 'resources', ARGV[21])
end
if ARGV[23] ~= '' then
  redis.call('HSET', KEYS[2], 'jkt', ARGV[23])
end
redis.call('PEXPIRE', KEYS[2], life(grant_ends))

index_grant(citizen, ARGV[16], grant_ends, ARGV[17])
redis.call('XADD', KEYS[3], '*', 'kind', ARGV[18], 'event', ARGV[19], 'citizen', citizen, 'level', s[4])
return { 1, tonumber(s[4]), citizen }
