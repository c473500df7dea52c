// private_key_jwt (RFC 7523), and the same assertion a second time; userinfo as a JWT, its signature checked.
import * as client from 'openid-client'
import { discover, privateKey, signOn } from './relying_party.mjs'
import { done, given, refusal } from './talk.mjs'

const config = await discover({ userinfo_signed_response_alg: given.userinfo_alg })
const { claims, tokens } = await signOn(config)
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)

const same = await client.discovery(
  new URL(given.issuer),
  given.client_id,
  {},
  client.PrivateKeyJwt(await privateKey(), { [client.modifyAssertion]: (_header, payload) => (payload.jti = 'once') }),
  { execute: [client.allowInsecureRequests] },
)
await client.tokenRevocation(same, tokens.access_token)
const again = await refusal(client.tokenRevocation(same, tokens.access_token))
done({ claims, userinfo, again })
