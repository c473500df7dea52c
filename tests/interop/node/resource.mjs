// A token for a resource server (RFC 8707): asked for, handed on, revoked.
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { ask, done, given } from './talk.mjs'

const config = await discover()
const { claims, tokens } = await signOn(config, { parameters: { resource: given.resource } })
await ask({ token: { access_token: tokens.access_token, sub: claims.sub } })
await client.tokenRevocation(config, tokens.access_token)
done({ sub: claims.sub })
