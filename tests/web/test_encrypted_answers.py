"""ID tokens and UserInfo that only their client can read, by every registered way, opened with joserfc."""

import base64
import hashlib

import orjson
import pytest
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from idp.domain.client import ClientKeys, ContentEnc, Encryption, KeyAlg, SigningAlg
from tests import client_keys
from tests.conformance.relying_party import RelyingParty

MAKERS = {
    KeyAlg.RSA_OAEP_256: lambda: RSAKey.import_key(
        client_keys.make_key("RS256").as_dict(private=True) | {"kid": "enc"}
    ),
    KeyAlg.ECDH_ES: lambda: ECKey.generate_key("P-256", {"kid": "enc"}),
    KeyAlg.ECDH_ES_A256KW: lambda: OKPKey.generate_key("X25519", {"kid": "enc"}),
}


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def opened(token, key, encryption):
    """The content of a compact JWE and its header."""
    found = jwe.decrypt_compact(token, key, registry=jwe.JWERegistry(algorithms=[encryption.alg, encryption.enc]))
    return found.headers(), found.plaintext


def verified(rp, token, alg):
    keys = KeySet.import_key_set(rp.get("/jwks").json)
    return jwt.decode(token, keys, algorithms=[alg]).claims


@pytest.mark.parametrize("enc", list(ContentEnc))
@pytest.mark.parametrize("alg", list(KeyAlg))
def test_an_id_token_is_signed_then_encrypted(provider, browser, alg, enc):
    key, encryption = MAKERS[alg](), Encryption(alg, enc)
    rp = RelyingParty(
        provider, keys=ClientKeys(client_keys.jwks(key, use="enc")), id_token_encryption=encryption,
        id_token_alg=SigningAlg.ES256,
    )  # fmt: skip
    tokens = rp.tokens(rp.answer(rp.ask(browser)))
    header, content = opened(tokens["id_token"], key, encryption)
    assert header["cty"] == "JWT"
    assert header["kid"] == "enc"
    claims = verified(rp, content.decode(), "ES256")
    assert claims["nonce"] == "nonce-1"
    assert claims["aud"] == "hall"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_at_hash_is_half_a_sha_256(provider, browser, alg):
    rp = RelyingParty(provider, id_token_alg=SigningAlg(alg))
    assert rp.id_token(rp.tokens(rp.answer(rp.ask(browser))), alg)["at_hash"]


@pytest.mark.filterwarnings("ignore:EdDSA")
def test_at_hash_is_half_a_sha_512_with_ed25519(provider, browser):
    rp = RelyingParty(provider, id_token_alg=SigningAlg.EDDSA)
    tokens = rp.tokens(rp.answer(rp.ask(browser)))
    digest = hashlib.sha512(tokens["access_token"].encode()).digest()[:32]
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert verified(rp, tokens["id_token"], "EdDSA")["at_hash"] == expected


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_userinfo_is_signed_with_iss_and_aud(provider, browser, alg):
    rp = RelyingParty(provider, userinfo_alg=SigningAlg(alg))
    tokens = rp.tokens(rp.answer(rp.ask(browser, scope="openid profile")))
    for response in (
        rp.userinfo(tokens["access_token"]),
        rp.post("/userinfo", {"access_token": tokens["access_token"]}),
        rp.post("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}),
    ):
        assert response.content_type == "application/jwt"
        assert response.headers["Cache-Control"] == "no-store"
        claims = verified(rp, response.text, alg)
        assert claims["iss"] == rp.metadata["issuer"]
        assert claims["aud"] == "hall"
        assert claims["sub"] == rp.id_token(tokens)["sub"]
        assert claims["name"] == "张三"


def test_userinfo_is_encrypted_alone_or_signed_first(provider, browser):
    key, encryption = ECKey.generate_key("P-256", {"kid": "enc"}), Encryption(KeyAlg.ECDH_ES)
    keys = ClientKeys(client_keys.jwks(key))
    alone = RelyingParty(provider, keys=keys, userinfo_encryption=encryption)
    response = alone.userinfo(alone.tokens(alone.answer(alone.ask(browser)))["access_token"])
    assert response.content_type == "application/jwt"
    header, content = opened(response.text, key, encryption)
    assert "cty" not in header
    assert orjson.loads(content).keys() == {"sub"}
    both = RelyingParty(provider, keys=keys, userinfo_encryption=encryption, userinfo_alg=SigningAlg.ES256)
    response = both.userinfo(both.tokens(both.answer(both.ask(browser)))["access_token"])
    header, content = opened(response.text, key, encryption)
    assert header["cty"] == "JWT"
    assert verified(both, content.decode(), "ES256")["iss"] == both.metadata["issuer"]


def test_userinfo_errors_stay_json_with_a_challenge(provider):
    rp = RelyingParty(provider, userinfo_alg=SigningAlg.ES256)
    response = rp.userinfo("rubbish")
    assert response.status_code == 401
    assert response.content_type == "application/json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_code_is_given_for_a_token_that_could_not_be_encrypted(provider, browser):
    signing_only = ClientKeys(client_keys.jwks(client_keys.make_key(), use="sig"))
    rp = RelyingParty(provider, keys=signing_only, id_token_encryption=Encryption(KeyAlg.ECDH_ES))
    answer = rp.answer(rp.ask(browser))
    assert answer["error"] == "invalid_client_metadata"
    assert "jwks" in answer["error_description"]


def test_keys_that_cannot_be_fetched_are_a_fault_of_the_moment(provider, browser):
    rp = RelyingParty(
        provider, keys=ClientKeys(jwks_uri="https://hall.example/jwks"), id_token_encryption=Encryption(KeyAlg.ECDH_ES),
        userinfo_encryption=Encryption(KeyAlg.ECDH_ES),
    )  # fmt: skip
    assert rp.answer(rp.ask(browser))["error"] == "temporarily_unavailable"
    key = ECKey.generate_key("P-256", {"kid": "enc"})
    provider.published.at["https://hall.example/jwks"] = client_keys.jwks(key)
    provider.clock.advance(60)
    tokens = rp.tokens(rp.answer(rp.ask(browser)))
    assert opened(tokens["id_token"], key, Encryption(KeyAlg.ECDH_ES))
    assert opened(rp.userinfo(tokens["access_token"]).text, key, Encryption(KeyAlg.ECDH_ES))


def test_userinfo_without_a_key_to_encrypt_with_says_what_is_missing(provider, browser):
    rp = RelyingParty(provider, userinfo_encryption=Encryption(KeyAlg.ECDH_ES))
    response = rp.userinfo(rp.tokens(rp.answer(rp.ask(browser)))["access_token"])
    assert response.status_code == 400
    assert response.json["error"] == "invalid_client_metadata"
