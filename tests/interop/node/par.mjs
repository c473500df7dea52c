// Pushed authorization requests (RFC 9126): the address carries a reference, the reference serves once.
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { ask, done } from './talk.mjs'

const config = await discover()
const { address, claims } = await signOn(config, { way: client.buildAuthorizationUrlWithPAR })
const { page } = await ask({ open: address.href })
done({ parameters: [...address.searchParams.keys()], claims, again: page })
