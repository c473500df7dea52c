// Authorization code with PKCE S256, then userinfo; a code used twice takes back what it gave.
import * as client from 'openid-client'
import { discover, signOn } from './relying_party.mjs'
import { done, refusal } from './talk.mjs'

const config = await discover()
const { callback, claims, redeem, tokens } = await signOn(config)
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const replay = await refusal(redeem())
const afterwards = await refusal(client.fetchUserInfo(config, tokens.access_token, claims.sub))
done({ answer: Object.fromEntries(callback.searchParams), claims, userinfo, replay, afterwards })
