"""Who may end a portal's session from outside, with real keys and tokens signed by another library (joserfc)."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptojwt.key_jar import KeyJar
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from examples.portal.logout_token import LONGEST, OLDEST, SKEW, Ended, LogoutRefused, LogoutTokens

ISSUER = "http://127.0.0.1:8000"
CLIENT = "demo-service-hall"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"})


@pytest.fixture
def check() -> Callable[..., Ended]:
    return checker("RS256")


def checker(alg: str, clock: Callable[[], float] = time.time) -> Callable[[str], Ended]:
    jar = KeyJar()
    jar.import_jwks(KeySet([RSA, EC]).as_dict(private=False), ISSUER)
    return LogoutTokens(keys=lambda: jar, issuer=ISSUER, client_id=CLIENT, alg=alg, clock=clock).verify


def claims(**changes: Any) -> dict[str, Any]:
    """A good logout token's claims with these changes; None leaves one out, times are seconds from now."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": CLIENT, "iat": 0, "exp": 120, "jti": "one", "events": {EVENT: {}},
            "sub": "subject", "sid": "session"}  # fmt: skip
    body = {name: value for name, value in (good | changes).items() if value is not None}
    return {name: now + int(value) if isinstance(value, int | float) else value for name, value in body.items()}


def signed(body: Mapping[str, Any], *, key: Any = RSA, alg: str = "RS256", typ: str | None = "logout+jwt") -> str:
    header = {"alg": alg, "kid": "ec" if alg == "ES256" else "rsa"} | ({"typ": typ} if typ else {})
    return jwt.encode(header, dict(body), key, algorithms=[alg])


def test_a_token_of_the_provider_ends_its_session(check: Callable[..., Ended]) -> None:
    assert check(signed(claims())) == Ended(sub="subject", sid="session")


def test_a_token_without_sid_ends_every_session_of_the_subject(check: Callable[..., Ended]) -> None:
    assert check(signed(claims(sid=None))) == Ended(sub="subject", sid=None)


def test_a_token_without_sub_ends_one_session(check: Callable[..., Ended]) -> None:
    assert check(signed(claims(sub=None))) == Ended(sub=None, sid="session")


def test_a_portal_registered_for_es256_takes_es256_and_nothing_else() -> None:
    check = checker("ES256")
    assert check(signed(claims(), key=EC, alg="ES256")).sid == "session"
    with pytest.raises(LogoutRefused, match="alg"):
        check(signed(claims(jti="two")))


def test_the_type_may_be_written_as_a_media_type(check: Callable[..., Ended]) -> None:
    assert check(signed(claims(), typ="application/logout+JWT")).sid == "session"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "http://127.0.0.1:9999"}, id="another issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"aud": "demo-social-security"}, id="another client's token"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"iat": None}, id="no iat"),
        pytest.param({"iat": -OLDEST - 60}, id="old"),
        pytest.param({"iat": SKEW + 600}, id="of the future"),
        pytest.param({"iat": "now"}, id="iat is text"),
        pytest.param({"exp": None}, id="no end"),
        pytest.param({"exp": -SKEW - 60}, id="expired"),
        pytest.param({"jti": None}, id="no jti"),
        pytest.param({"jti": ""}, id="empty jti"),
        pytest.param({"jti": ["a"]}, id="jti is a list"),
        pytest.param({"events": None}, id="no events"),
        pytest.param({"events": {}}, id="empty events"),
        pytest.param({"events": {"http://schemas.openid.net/event/other": {}}}, id="another event"),
        pytest.param({"events": {EVENT: "x"}}, id="event is text"),
        pytest.param({"events": [EVENT]}, id="events is a list"),
        pytest.param({"nonce": "n"}, id="has a nonce: an ID token in disguise"),
        pytest.param({"sub": None, "sid": None}, id="nobody is named"),
        pytest.param({"sub": "", "sid": ""}, id="nobody is named, in empty text"),
        pytest.param({"sid": ""}, id="empty sid"),
        pytest.param({"sub": {"a": 1}}, id="sub is an object"),
    ],
)
def test_a_signed_token_that_is_no_logout_token_for_us_now_is_refused(
    check: Callable[..., Ended], changes: dict[str, Any]
) -> None:
    with pytest.raises(LogoutRefused):
        check(signed(claims(**changes)))
    assert check(signed(claims())).sid == "session"


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt", "id_token+jwt"])
def test_another_kind_of_jwt_is_refused(check: Callable[..., Ended], typ: str | None) -> None:
    with pytest.raises(LogoutRefused, match="typ"):
        check(signed(claims(), typ=typ))


def test_a_stranger_with_the_same_kid_is_refused(check: Callable[..., Ended]) -> None:
    with pytest.raises(LogoutRefused):
        check(signed(claims(), key=STRANGER))


def test_a_public_key_used_as_a_shared_secret_is_refused(check: Callable[..., Ended]) -> None:
    secret = OctKey.import_key(base64.urlsafe_b64encode(RSA.as_pem(private=False)).rstrip(b"=").decode())
    with pytest.raises(LogoutRefused, match="alg"):
        check(signed(claims(), key=secret, alg="HS256"))


def test_an_unsigned_token_is_refused(check: Callable[..., Ended]) -> None:
    def part(value: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    with pytest.raises(LogoutRefused):
        check(f"{part({'alg': 'none', 'typ': 'logout+jwt'})}.{part(claims())}.")


def test_a_changed_token_is_refused(check: Callable[..., Ended]) -> None:
    head, _, signature = signed(claims()).split(".")
    other = signed(claims(sid="other"), key=STRANGER).split(".")[1]
    with pytest.raises(LogoutRefused):
        check(f"{head}.{other}.{signature}")


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "a" * (LONGEST + 1), "{}", "\x00"])
def test_any_other_text_is_refused(check: Callable[..., Ended], text: str) -> None:
    with pytest.raises(LogoutRefused):
        check(text)


def test_a_token_works_once(check: Callable[..., Ended]) -> None:
    token = signed(claims())
    check(token)
    with pytest.raises(LogoutRefused, match="jti"):
        check(token)


def test_a_refused_token_does_not_use_up_its_jti(check: Callable[..., Ended]) -> None:
    with pytest.raises(LogoutRefused):
        check(signed(claims(nonce="n")))
    assert check(signed(claims())).sid == "session"


def test_a_jti_is_remembered_for_as_long_as_its_token_is_taken() -> None:
    start = time.time()
    moment = [start]
    check = checker("RS256", clock=lambda: moment[0])
    token = signed(claims(exp=3600))
    check(token)
    for later in (1.0, OLDEST / 2, OLDEST - 1, OLDEST + 1, OLDEST + 3 * SKEW):
        moment[0] = start + later
        with pytest.raises(LogoutRefused, match=r"jti|iat"):
            check(token)
