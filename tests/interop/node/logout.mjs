// Sign-out begun by the relying party, and the logout token that another one of the same session receives: verified by
// jose with every check of Back-Channel Logout 1.0 section 2.6.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { ask, done, given } from './talk.mjs'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

const config = await discover()
const { claims, tokens } = await signOn(config)
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))

async function verified(logoutToken) {
  const { payload, protectedHeader } = await jwtVerify(logoutToken, keys, {
    issuer: given.issuer,
    audience: given.client_id,
    typ: 'logout+jwt',
    algorithms: [given.id_token_alg],
    maxTokenAge: '2 minutes',
    requiredClaims: ['exp', 'iat', 'jti', 'events'],
  })
  if (typeof payload.events[EVENT] !== 'object') throw new Error('events')
  if ('nonce' in payload) throw new Error('nonce')
  if (payload.sub === undefined && payload.sid === undefined) throw new Error('sub or sid')
  return { payload, protectedHeader }
}

const arrived = new Promise((resolve, reject) => {
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request))
    response.writeHead(204, { 'cache-control': 'no-store' }).end()
    verified(form.get('logout_token')).then(
      (token) => resolve({ path: request.url, type: request.headers['content-type'], ...token }),
      reject,
    )
  })
  server.listen(given.logout_port, '127.0.0.1')
})
const address = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: given.post_logout_redirect_uri,
  state: 'after-sign-out',
})
const { callback } = await ask({ authorize: address.href })
done({ claims, returned: callback, told: await arrived })
