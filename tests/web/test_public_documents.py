"""Discovery and key set are cached by everybody, and followed without a restart."""

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from werkzeug.test import Client

from tests.provider import ISSUER, Provider

DOCUMENTS = ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


def get(provider: Provider, path: str, **headers: str):
    return Client(provider.app.wsgi_app).get(path, base_url=ISSUER, headers=headers)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_has_a_tag_and_who_has_it_gets_304(provider: Provider, path: str):
    first = get(provider, path)
    assert first.headers["Content-Type"] == "application/json"
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = get(provider, path, **{"If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert get(provider, path, **{"If-None-Match": '"other"'}).status_code == 200


def test_every_cache_has_a_new_key_before_it_signs(provider: Provider):
    cached = get(provider, "/jwks").headers["Cache-Control"]
    assert cached == f"public, max-age={provider.settings.key_announce // 2}"


def test_a_rotated_key_is_in_the_set_at_once_and_signs_when_it_was_announced_long_enough(provider: Provider):
    party, browser = provider.party(), provider.browser()
    browser.sign_in(provider.citizen())

    def kid() -> str:
        token = party.tokens(browser)["id_token"]
        return str(jws.deserialize_compact(token, KeySet.import_key_set(get(provider, "/jwks").json)).headers()["kid"])

    before, old = get(provider, "/jwks"), kid()
    new = provider.vault.keys.rotate("RS256").kid
    after = get(provider, "/jwks", **{"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert {key["kid"] for key in after.json["keys"]} == {key["kid"] for key in before.json["keys"]} | {new}
    assert kid() == old
    provider.clock.advance(provider.settings.key_announce)
    assert kid() == new


def test_a_hint_signed_by_the_key_before_is_still_one_of_ours(provider: Provider):
    party, browser = provider.party(), provider.browser()
    browser.sign_in(provider.citizen())
    hint = party.tokens(browser)["id_token"]
    provider.vault.keys.rotate("RS256")
    provider.clock.advance(provider.settings.key_announce)
    response = party.authorize(browser, prompt="none", id_token_hint=hint)
    assert "code=" in response.headers["Location"]


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_client_gets_id_tokens_by_the_algorithm_it_registered(provider: Provider, alg: str):
    party, browser = provider.party(id_token_alg=alg), provider.browser()
    browser.sign_in(provider.citizen())
    tokens = party.tokens(browser)
    signed = jws.deserialize_compact(
        tokens["id_token"], KeySet.import_key_set(get(provider, "/jwks").json), algorithms=[alg]
    )
    assert signed.headers()["alg"] == alg
    assert "code=" in party.authorize(browser, prompt="none", id_token_hint=tokens["id_token"]).headers["Location"]
