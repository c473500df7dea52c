// A relying party by openid-client: discovered, authenticating the way it is registered, every signature checked.
import { importJWK } from 'jose'
import * as client from 'openid-client'
import { ask, given } from './talk.mjs'

// The private key of this client, as the library wants it.
export async function privateKey() {
  const { alg, kid } = given.key
  return { key: await importJWK(given.key, alg), kid }
}

const METHODS = {
  client_secret_basic: () => client.ClientSecretBasic(given.secret),
  client_secret_post: () => client.ClientSecretPost(given.secret),
  none: () => client.None(),
  private_key_jwt: async () => client.PrivateKeyJwt(await privateKey()),
}

// Discovery, and a configuration of this client. Plain http because the provider under test is on loopback.
export async function discover(metadata = {}) {
  const known = { id_token_signed_response_alg: given.id_token_alg ?? 'RS256', ...metadata }
  return client.discovery(new URL(given.issuer), given.client_id, known, await METHODS[given.method](), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  })
}

// One sign-on: PKCE, state and nonce; `way` makes the address (plain, PAR, JAR), the test's citizen walks it.
export async function signOn(config, { parameters = {}, way = client.buildAuthorizationUrl, DPoP } = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const address = await way(config, {
    redirect_uri: given.redirect_uri,
    scope: given.scope ?? 'openid',
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  const { callback } = await ask({ authorize: address.href })
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  const redeem = () => client.authorizationCodeGrant(config, new URL(callback), { ...checks }, undefined, { DPoP })
  const tokens = await redeem()
  return { address, callback: new URL(callback), claims: tokens.claims(), redeem, tokens }
}
