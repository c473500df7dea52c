// Rotation: a refresh gives a new refresh token and an ID token for the same person in the same session.
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { done, refusal } from './talk.mjs'

const config = await discover()
const { claims, tokens } = await signOn(config)
const second = await client.refreshTokenGrant(config, tokens.refresh_token)
const third = await client.refreshTokenGrant(config, second.refresh_token)
const userinfo = await client.fetchUserInfo(config, third.access_token, claims.sub)
const reuse = await refusal(client.refreshTokenGrant(config, tokens.refresh_token))
const family = await refusal(client.refreshTokenGrant(config, third.refresh_token))
done({
  claims,
  refreshed: third.claims(),
  rotated: new Set([tokens.refresh_token, second.refresh_token, third.refresh_token]).size,
  userinfo,
  reuse,
  family,
})
