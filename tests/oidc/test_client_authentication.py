"""Client authentication by assertions, over HTTP: RFC 7523, OpenID Connect Core 9. One method, the registered one."""

import hashlib
import hmac
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from idp.domain.client import AuthMethod, ClientKeys, Profile
from idp.oidc import client_assertion, client_jws
from tests import client_keys
from tests.client_keys import ASSERTION_TYPE
from tests.provider import ISSUER, Party, Provider, basic

PROVED = (400, "invalid_grant")  # authenticated, and the token it brought is nobody's
REFUSED = (400, "invalid_client")


def ask(
    provider: Provider, form: dict[str, str], headers: dict[str, str] | None = None, at: str = "/token"
) -> TestResponse:
    data = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"} | form
    return Client(provider.app.wsgi_app).post(at, base_url=ISSUER, data=data, headers=headers or {})


def said(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.json.get("error", "")


def by(party: Party, assertion: str, **more: str) -> TestResponse:
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion} | more
    return ask(party.provider, form)


@pytest.fixture
def signer(provider: Provider) -> Party:
    return provider.party(auth_method=AuthMethod.PRIVATE_KEY_JWT)


@pytest.mark.parametrize("alg", ["ES256", "PS256", "RS256", "EdDSA"])
def test_an_assertion_under_the_clients_key_authenticates_it(provider: Provider, alg: str):
    party = provider.party(auth_method=AuthMethod.PRIVATE_KEY_JWT, auth_alg=alg)
    assert said(party.refresh("nobody's")) == PROVED


def test_an_assertion_under_either_live_secret_authenticates_it(provider: Provider):
    first, second = ("s" * 40, "t" * 40)
    party = provider.party(auth_method=AuthMethod.SECRET_JWT, hmac_secrets=(first.encode(), second.encode()))
    claims = lambda: client_keys.assertion_claims("hall", ISSUER, provider.clock.now())  # noqa: E731
    assert said(by(party, client_keys.sign_hmac(claims(), first))) == PROVED
    assert said(by(party, client_keys.sign_hmac(claims(), second))) == PROVED
    assert said(by(party, client_keys.sign_hmac(claims(), "u" * 40))) == REFUSED


def test_it_authenticates_at_every_endpoint_alike(signer: Party):
    for endpoint in ("/token", "/revoke"):
        form, headers = signer.credentials()
        status, error = said(ask(signer.provider, form, headers, endpoint))
        assert (status, error) in {PROVED, (200, "")}, endpoint
        form["client_assertion"] = signer.assertion()[:-4] + "AAAA"
        assert said(ask(signer.provider, form, headers, endpoint)) == REFUSED, endpoint


def test_an_assertion_is_good_once(signer: Party):
    used = signer.assertion()
    assert said(by(signer, used)) == PROVED
    again = by(signer, used)
    assert said(again) == REFUSED
    assert "jti was used" in again.json["error_description"]
    assert said(by(signer, signer.assertion())) == PROVED


CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"sub": None}, "iss and sub"),
    ({"iss": None}, "iss and sub"),
    ({"iss": "other"}, "iss and sub"),
    ({"sub": 7, "iss": 7}, "iss and sub"),
    ({"aud": None}, "aud"),
    ({"aud": "https://elsewhere.example"}, "aud"),
    ({"aud": [ISSUER, "https://elsewhere.example"]}, "aud"),
    ({"aud": []}, "aud"),
    ({"aud": f"{ISSUER}/"}, "aud"),
    ({"exp": None}, "exp"),
    ({"exp": "soon"}, "exp"),
    ({"exp": True}, "exp"),
    ({"jti": None}, "jti"),
    ({"jti": ""}, "jti"),
    ({"jti": "x" * 257}, "jti"),
    ({"iat": "yesterday"}, "iat or nbf"),
]


@pytest.mark.parametrize(("changes", "told"), CLAIMS, ids=lambda value: str(value)[:40])
def test_a_claim_that_does_not_hold_is_named(signer: Party, changes: dict[str, Any], told: str):
    response = by(signer, signer.assertion(**changes))
    assert said(response) == REFUSED
    assert told in response.json["error_description"]


@pytest.mark.parametrize(
    ("claim", "seconds", "expected"),
    [
        ("exp", 1, PROVED),
        ("exp", 0, REFUSED),
        ("exp", -300, REFUSED),
        ("exp", 3600, PROVED),
        ("exp", 86_400, REFUSED),
        ("nbf", 8, PROVED),
        ("nbf", 61, REFUSED),
        ("iat", 10, PROVED),
        ("iat", 61, REFUSED),
        ("iat", -3000, PROVED),
    ],
)
def test_times_are_held_with_little_grace(signer: Party, claim: str, seconds: int, expected: tuple[int, str]):
    moment = int(signer.provider.clock.now()) + seconds
    assert said(by(signer, signer.assertion(**{claim: moment}))) == expected


@pytest.mark.parametrize("aud", [ISSUER, f"{ISSUER}/token", [ISSUER], [ISSUER, f"{ISSUER}/token"]], ids=str)
def test_outside_fapi_the_audience_is_the_issuer_or_the_token_endpoint(signer: Party, aud: Any):
    assert said(by(signer, signer.assertion(aud=aud))) == PROVED


@pytest.mark.parametrize("aud", [f"{ISSUER}/token", [ISSUER]], ids=str)
def test_fapi_takes_the_issuer_alone_as_a_text(provider: Provider, aud: Any):
    party = provider.party(auth_method=AuthMethod.PRIVATE_KEY_JWT, profile=Profile.FAPI2)
    response = by(party, party.assertion(aud=aud))
    assert said(response) == REFUSED
    assert "as a string (FAPI 2.0)" in response.json["error_description"]


def test_the_registered_algorithm_is_the_only_one(provider: Provider):
    key = client_keys.make_key("PS256")
    party = provider.party(
        auth_method=AuthMethod.PRIVATE_KEY_JWT, auth_alg="PS256", keys=ClientKeys(client_keys.jwks(key))
    )
    claims = lambda: client_keys.assertion_claims("hall", ISSUER, provider.clock.now())  # noqa: E731
    assert said(by(party, client_keys.sign(claims(), key, "RS256"))) == REFUSED
    assert said(by(party, client_keys.sign(claims(), key, "PS256"))) == PROVED


def test_the_public_key_is_no_secret_and_none_is_no_algorithm(signer: Party):
    claims = client_keys.assertion_claims("hall", ISSUER, signer.provider.clock.now())
    unsigned = f"{client_keys.b64({'alg': 'HS256'})}.{client_keys.b64(claims)}"
    mac = hmac.digest(signer.key.as_pem(private=False), unsigned.encode(), "sha256")
    assert said(by(signer, f"{unsigned}.{client_keys.b64(mac)}")) == REFUSED
    _header, payload, _signature = signer.assertion().split(".")
    for alg in ("none", "None", "nOnE", ""):
        head = client_keys.b64({"alg": alg})
        assert said(by(signer, f"{head}.{payload}.")) == REFUSED
        assert said(by(signer, f"{head}.{payload}.AAAA")) == REFUSED


def test_keys_offered_by_the_assertion_itself_are_never_used_or_fetched(signer: Party):
    own = client_keys.make_key()
    claims = client_keys.assertion_claims("hall", ISSUER, signer.provider.clock.now())
    public = own.as_dict(private=False)
    offers: list[dict[str, Any]] = [
        {"jwk": public}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/x"}, {"x5c": ["AAAA"]}
    ]  # fmt: skip
    for offer in offers:
        for kid in (own.get("kid"), signer.key.get("kid"), None):
            assert said(by(signer, client_keys.sign(claims, own, "ES256", kid=kid, **offer))) == REFUSED
    assert signer.provider.published.fetched == []


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "\u0000", "x" * 3000])
def test_a_hostile_kid_is_only_a_name(signer: Party, kid: str):
    claims = client_keys.assertion_claims("hall", ISSUER, signer.provider.clock.now())
    assert said(by(signer, client_keys.sign(claims, client_keys.make_key(), "ES256", kid=kid))) == REFUSED


def test_what_is_no_jwt_or_has_critical_headers_is_refused(signer: Party):
    claims = client_keys.assertion_claims("hall", ISSUER, signer.provider.clock.now())
    good = signer.assertion()
    crit = client_keys.b64({"alg": "ES256", "crit": ["exp"]}) + good[good.index(".") :]
    jwe = ".".join([client_keys.b64({"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF"}), "a", "b", "c", "d"])
    listed = client_keys.sign(b"[1]", signer.key, "ES256")
    text = client_keys.sign(b"\xff", signer.key, "ES256")
    for wrong in ("x", "..", "a.b.c", crit, jwe, listed, text, good + ".x", "A" * 8000):
        assert said(by(signer, wrong)) == REFUSED, wrong[:40]
    assert said(by(signer, client_keys.sign(claims, signer.key, "ES256"))) == PROVED


def test_the_type_is_exact_and_belongs_to_an_assertion(signer: Party):
    wrong = by(signer, signer.assertion(), client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2")
    assert said(wrong) == REFUSED
    assert "jwt-bearer" in wrong.json["error_description"]
    assert said(ask(signer.provider, {"client_assertion": signer.assertion()})) == REFUSED
    assert said(ask(signer.provider, {"client_assertion_type": ASSERTION_TYPE, "client_id": "hall"})) == REFUSED


def test_exactly_one_method_and_the_registered_one(provider: Provider, signer: Party):
    form, _ = signer.credentials()
    assert said(ask(provider, form | {"client_secret": "x"})) == (400, "invalid_request")
    assert said(ask(provider, form, {"Authorization": basic("hall", "x")})) == (400, "invalid_request")
    assert said(ask(provider, form | {"client_id": "other"})) == (400, "invalid_request")
    assert said(ask(provider, {"client_id": "hall"})) == REFUSED
    holder = provider.party("holder")
    claims = client_keys.assertion_claims("holder", ISSUER, provider.clock.now())
    assert said(by(holder, client_keys.sign_hmac(claims, holder.secret))) == REFUSED


def test_basic_is_challenged_where_it_was_used(provider: Provider):
    provider.party()
    wrong = ask(provider, {}, {"Authorization": basic("hall", "wrong")})
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"].startswith('Basic realm="')
    assert wrong.headers["Cache-Control"] == "no-store"
    assert ask(provider, {}).status_code == 401


def test_either_of_two_live_secrets_authenticates(provider: Provider):
    digests = tuple(hashlib.sha256(secret.encode()).digest() for secret in ("a" * 43, "b" * 43))
    provider.party(secret_digests=digests)
    for secret in ("a" * 43, "b" * 43):
        assert said(ask(provider, {}, {"Authorization": basic("hall", secret)})) == PROVED


def test_a_wrong_signature_and_an_unknown_client_are_told_alike_and_cost_alike(
    signer: Party, monkeypatch: pytest.MonkeyPatch
):
    def forged(client_id: str) -> str:
        return client_keys.sign(
            client_keys.assertion_claims(client_id, ISSUER, signer.provider.clock.now()), foreign, "ES256", kid=None
        )

    foreign = client_keys.make_key()
    known, unknown = by(signer, forged("hall")), by(signer, forged("nobody"))
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)
    checked: list[object] = []
    monkeypatch.setattr(client_assertion, "signature_holds", lambda *_: bool(checked.append(_)))
    monkeypatch.setattr(client_jws, "signature_holds", lambda *_: bool(checked.append(_)))
    for name in ("hall", "nobody"):
        by(signer, forged(name))
        assert len(checked) == 1, name
        checked.clear()


def test_a_client_that_was_taken_away_is_nobody(provider: Provider, signer: Party):
    assert said(by(signer, signer.assertion())) == PROVED
    provider.registry.remove("hall")
    assert said(by(signer, signer.assertion())) == REFUSED
