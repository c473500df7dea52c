// Request objects (RFC 9101), by value and pushed (RFC 9126 section 3).
import * as client from 'openid-client'
import { discover, privateKey, signOn } from './relying_party.mjs'
import { done } from './talk.mjs'

const config = await discover()
const key = await privateKey()
const withJar = (configuration, parameters) => client.buildAuthorizationUrlWithJAR(configuration, parameters, key)
const pushed = async (configuration, parameters) => {
  const { searchParams } = await withJar(configuration, parameters)
  return client.buildAuthorizationUrlWithPAR(configuration, { request: searchParams.get('request') })
}
const byValue = await signOn(config, { way: withJar })
const byReference = await signOn(config, { way: pushed })
const names = ({ address }) => [...address.searchParams.keys()].sort()
done({
  byValue: { parameters: names(byValue), claims: byValue.claims },
  byReference: { parameters: names(byReference), claims: byReference.claims },
})
