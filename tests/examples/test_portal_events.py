"""What a portal believes about an account, with real keys and tokens signed by another library (joserfc)."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptojwt.key_jar import KeyJar
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from examples.portal.security_events import (
    CAEP,
    ENDS_EVERY_SESSION,
    LEVEL_CHANGED,
    LONGEST,
    OLDEST,
    REMEMBERED,
    SKEW,
    EventRefused,
    Heard,
    SecurityEvents,
)
from examples.portal.sessions import Sessions, SignedIn

ISSUER = "http://127.0.0.1:8000"
CLIENT = "demo-service-hall"
REVOKED = f"{CAEP}session-revoked"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"})
SUBJECT = {"format": "iss_sub", "iss": ISSUER, "sub": "subject"}


def checker(alg: str = "RS256", clock: Callable[[], float] = time.time) -> Callable[[str], Heard]:
    jar = KeyJar()
    jar.import_jwks(KeySet([RSA, EC]).as_dict(private=False), ISSUER)
    return SecurityEvents(keys=lambda: jar, issuer=ISSUER, client_id=CLIENT, alg=alg, clock=clock).verify


def signed(*, key: Any = RSA, alg: str = "RS256", typ: str | None = "secevent+jwt", **changes: Any) -> str:
    """A good token with these changes; None leaves a claim out."""
    good = {
        "iss": ISSUER, "aud": CLIENT, "iat": int(time.time()), "jti": "one", "sub_id": SUBJECT,
        "events": {REVOKED: {"event_timestamp": 1}},
    }  # fmt: skip
    body = {name: value for name, value in (good | changes).items() if value is not None}
    header = {"alg": alg, "kid": "ec" if alg == "ES256" else "rsa"} | ({"typ": typ} if typ else {})
    return jwt.encode(header, body, key, algorithms=[alg])


def test_an_event_of_the_provider_is_heard() -> None:
    assert checker()(signed()) == Heard(REVOKED, "subject", {"event_timestamp": 1}, known=False)
    assert checker("ES256")(signed(key=EC, alg="ES256")).sub == "subject"


def test_an_event_that_came_before_is_known_again_however_often_it_is_minted() -> None:
    moment = [time.time()]
    check = checker(clock=lambda: moment[0])
    assert not check(signed()).known
    for later in (1, 3600, REMEMBERED - 10):
        moment[0] = time.time() + later
        assert check(signed(iat=int(moment[0]))).known
    moment[0] = time.time() + REMEMBERED + 10
    assert not check(signed(iat=int(moment[0]))).known


def test_a_type_that_nobody_knows_is_heard_and_may_be_ignored() -> None:
    kind = "urn:yihaotong:secevent:of-tomorrow"
    assert checker()(signed(events={kind: {}})).kind == kind


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"iss": "http://127.0.0.1:9999"}, "invalid_issuer", id="another issuer"),
        pytest.param({"iss": None}, "invalid_key", id="no issuer"),
        pytest.param({"aud": "demo-social-security"}, "invalid_audience", id="another client's"),
        pytest.param({"aud": None}, "invalid_audience", id="no audience"),
        pytest.param({"iat": None}, "invalid_request", id="no iat"),
        pytest.param({"iat": int(time.time() - OLDEST - 60)}, "invalid_request", id="a recording"),
        pytest.param({"iat": int(time.time() + SKEW + 86_400)}, "invalid_request", id="of the future"),
        pytest.param({"jti": None}, "invalid_request", id="no jti"),
        pytest.param({"jti": ["a"]}, "invalid_request", id="jti is a list"),
        pytest.param({"sub": "subject"}, "invalid_request", id="sub of another token"),
        pytest.param({"nonce": "n"}, "invalid_request", id="nonce of an ID token"),
        pytest.param({"exp": int(time.time() + 99)}, "invalid_request", id="exp of another token"),
        pytest.param({"sub_id": None}, "invalid_request", id="nobody"),
        pytest.param({"sub_id": "subject"}, "invalid_request", id="sub_id is text"),
        pytest.param({"sub_id": SUBJECT | {"format": "opaque"}}, "invalid_request", id="another format"),
        pytest.param(
            {"sub_id": SUBJECT | {"iss": "http://x.example"}}, "invalid_request", id="another issuer's subject"
        ),
        pytest.param({"sub_id": SUBJECT | {"sub": ""}}, "invalid_request", id="empty sub"),
        pytest.param({"events": None}, "invalid_request", id="no event"),
        pytest.param({"events": {}}, "invalid_request", id="empty events"),
        pytest.param({"events": {REVOKED: {}, LEVEL_CHANGED: {}}}, "invalid_request", id="two events"),
        pytest.param({"events": {REVOKED: "now"}}, "invalid_request", id="payload is text"),
        pytest.param({"events": [REVOKED]}, "invalid_request", id="events is a list"),
        pytest.param({"typ": "JWT"}, "invalid_request", id="an ID token's type"),
        pytest.param({"typ": "logout+jwt"}, "invalid_request", id="a logout token's type"),
        pytest.param({"typ": None}, "invalid_request", id="no type"),
        pytest.param({"key": STRANGER}, "invalid_key", id="a stranger with the same kid"),
        pytest.param({"key": EC, "alg": "ES256"}, "invalid_key", id="another algorithm than registered"),
    ],
)
def test_what_is_no_event_for_us_is_refused_with_its_code(changes: dict[str, Any], code: str) -> None:
    check = checker()
    with pytest.raises(EventRefused) as refusal:
        check(signed(**changes))
    assert refusal.value.code == code
    assert not check(signed()).known


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "a" * (LONGEST + 1), "{}", "\x00"])
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(EventRefused):
        checker()(text)


def test_every_session_of_the_subject_hears_of_the_level_and_old_news_change_nothing() -> None:
    sessions = Sessions(time.time, lambda _: None)

    def person(sub: str) -> SignedIn:
        return SignedIn(state="s", sub=sub, sid="x", acr=None, id_token={}, userinfo={})

    ours, theirs = [sessions.open(person("subject")) for _ in range(2)], sessions.open(person("other"))
    assert sessions.note_level(sub="subject", acr="urn:yihaotong:realname:2", at=20) == 2
    assert sessions.note_level(sub="subject", acr="urn:yihaotong:realname:1", at=10) == 0
    found = [sessions.read(token) for token in (*ours, theirs)]
    assert [each.acr_now for each in found if each] == ["urn:yihaotong:realname:2"] * 2 + [None]


def test_the_types_are_those_of_the_provider() -> None:
    from idp.domain.ports import SecurityEventKind
    from idp.oidc.security_events import EVENT_TYPES

    assert EVENT_TYPES[SecurityEventKind.LEVEL_CHANGED] == LEVEL_CHANGED
    kinds = (
        SecurityEventKind.SESSIONS_REVOKED, SecurityEventKind.ACCOUNT_DISABLED, SecurityEventKind.ACCOUNT_PURGED,
    )  # fmt: skip
    assert {EVENT_TYPES[kind] for kind in kinds} == ENDS_EVERY_SESSION
