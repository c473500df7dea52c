// Both well-known documents, as the library reads them.
import * as client from 'openid-client'
import { discover } from './relying_party.mjs'
import { done, given } from './talk.mjs'

const oidc = (await discover()).serverMetadata()
const oauth2 = await client.discovery(new URL(given.issuer), given.client_id, {}, client.None(), {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
})
done({ oidc, oauth2: oauth2.serverMetadata(), pkce: oidc.supportsPKCE() })
