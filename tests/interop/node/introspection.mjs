// A resource server looks at a token of a relying party (RFC 7662), also by a signed answer (RFC 9701).
import * as client from 'openid-client'
import { discover } from './relying_party.mjs'
import { done, given } from './talk.mjs'

const config = await discover()
const signed = await discover({ introspection_signed_response_alg: given.introspection_alg })
done({
  json: await client.tokenIntrospection(config, given.token),
  signed: await client.tokenIntrospection(signed, given.token),
  unknown: await client.tokenIntrospection(config, 'nobody-knows-this-token'),
})
