// CIBA, poll mode: the hotline asks, the citizen reads the binding message and agrees on a page of the provider.
import * as client from 'openid-client'
import { discover } from './relying_party.mjs'
import { ask, done, given, refusal } from './talk.mjs'

const GRANT = 'urn:openid:params:grant-type:ciba'

const config = await discover()
const begin = (login_hint) =>
  client.initiateBackchannelAuthentication(config, {
    scope: given.scope,
    login_hint,
    binding_message: given.binding_message,
  })
// Whether a name is known, the answer does not tell.
const { auth_req_id } = await begin('nobody-of-this-name')
const early = await refusal(client.genericGrantRequest(config, GRANT, { auth_req_id }))
const begun = await begin(given.login_hint)
const { decided } = await ask({ ciba: begun })
// Decided before the first poll: nothing to wait for.
const poll = () => client.pollBackchannelAuthenticationGrant(config, { ...begun, interval: 0 })
if (decided === 'refused') done({ early, refused: await refusal(poll()) })
const tokens = await poll()
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const again = await refusal(client.genericGrantRequest(config, GRANT, { auth_req_id: begun.auth_req_id }))
done({ early, claims, userinfo, again })
