// Tokens bound to a key (RFC 9449), nonces included: with the key they serve, without it or with another they do not.
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { done, refusal } from './talk.mjs'

const config = await discover()
const asked = new Set() // endpoints that wanted a nonce of the provider's (RFC 9449 sections 8 and 9)
config[client.customFetch] = async (url, options) => {
  const answer = await fetch(url, options)
  const challenge = answer.headers.get('www-authenticate') ?? ''
  const body = answer.status === 400 ? await answer.clone().text() : ''
  if (`${challenge}${body}`.includes('use_dpop_nonce') && answer.headers.has('dpop-nonce')) asked.add(new URL(url).pathname)
  return answer
}
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const { claims, tokens } = await signOn(config, { DPoP })
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP })

const plain = await fetch(config.serverMetadata().userinfo_endpoint, {
  headers: { authorization: `Bearer ${tokens.access_token}` },
})
const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const stolen = await refusal(client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP: other }))
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const later = await client.fetchUserInfo(config, refreshed.access_token, claims.sub, { DPoP })
done({
  type: tokens.token_type,
  claims,
  userinfo,
  plain: { status: plain.status, challenge: plain.headers.get('www-authenticate') },
  stolen,
  later: later.sub,
  asked: [...asked],
})
