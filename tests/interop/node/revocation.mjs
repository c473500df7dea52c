// Revocation (RFC 7009): the token is dead; a token nobody knows is no error.
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { done, refusal } from './talk.mjs'

const config = await discover()
const { claims, tokens } = await signOn(config)
await client.tokenRevocation(config, tokens.refresh_token, { token_type_hint: 'refresh_token' })
const refresh = await refusal(client.refreshTokenGrant(config, tokens.refresh_token))
const userinfo = await refusal(client.fetchUserInfo(config, tokens.access_token, claims.sub))
await client.tokenRevocation(config, 'nobody-knows-this-token')
done({ refresh, userinfo })
