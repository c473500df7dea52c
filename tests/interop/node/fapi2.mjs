// FAPI 2.0 Security Profile: PAR, PKCE, private_key_jwt, DPoP from the pushed request on, and `iss` in the answer.
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { done, refusal } from './talk.mjs'

const config = await discover()
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const way = (configuration, parameters) => client.buildAuthorizationUrlWithPAR(configuration, parameters, { DPoP })
const { address, callback, claims, redeem, tokens } = await signOn(config, { way, DPoP })
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP })
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const replay = await refusal(redeem())
done({
  parameters: [...address.searchParams.keys()].sort(),
  iss: callback.searchParams.get('iss'),
  type: tokens.token_type,
  claims,
  userinfo,
  refreshed: refreshed.claims(),
  replay,
})
