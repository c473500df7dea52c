// Device grant (RFC 8628): a terminal shows a code, the citizen types it elsewhere, the terminal polls.
import * as client from 'openid-client'
import { discover } from './relying_party.mjs'
import { ask, done, given, refusal } from './talk.mjs'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const config = await discover()
const begin = () => client.initiateDeviceAuthorization(config, { scope: given.scope })
const early = await refusal(client.genericGrantRequest(config, GRANT, { device_code: (await begin()).device_code }))
const begun = await begin()
const { decided } = await ask({ device: begun })
// Decided before the first poll: nothing to wait for.
const poll = () => client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0 })
if (decided === 'refused') done({ early, refused: await refusal(poll()) })
const tokens = await poll()
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const again = await refusal(client.genericGrantRequest(config, GRANT, { device_code: begun.device_code }))
done({ early, claims, userinfo, again })
