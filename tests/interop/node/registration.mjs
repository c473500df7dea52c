// Dynamic registration (RFC 7591) with an initial access token and a key, then looked at and given up (RFC 7592).
import { exportJWK, generateKeyPair } from 'jose'
import * as client from 'openid-client'
import { signOn } from './relying_party.mjs'
import { done, given, refusal } from './talk.mjs'

const { privateKey, publicKey } = await generateKeyPair('ES256')
const key = { key: privateKey, kid: 'newcomer-1' }
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: key.kid, alg: 'ES256', use: 'sig' }] }
const register = () =>
  client.dynamicClientRegistration(
    new URL(given.issuer),
    {
      client_name: 'Newcomer',
      redirect_uris: [given.redirect_uri],
      token_endpoint_auth_method: 'private_key_jwt',
      id_token_signed_response_alg: 'ES256',
      scope: given.scope,
      jwks,
    },
    client.PrivateKeyJwt(key),
    {
      initialAccessToken: given.initial_access_token,
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    },
  )
const config = await register()
const metadata = config.clientMetadata()
const { claims, tokens } = await signOn(config)
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)

const manage = (method) =>
  fetch(metadata.registration_client_uri, {
    method,
    headers: { authorization: `Bearer ${metadata.registration_access_token}` },
  })
const read = await (await manage('GET')).json()
const { status: deleted } = await manage('DELETE')
done({
  metadata,
  claims,
  userinfo,
  read,
  deleted,
  afterwards: await refusal(client.tokenRevocation(config, tokens.access_token)),
  second: await refusal(register()),
})
