"""Keys that sign tokens, checked by a library that did not make them."""

import base64
import json

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from idp.domain.errors import MasterKeyWrong
from idp.vault import signing_schemes as schemes
from idp.vault.signing_keys import SigningKeys, WrongSignature, thumbprint
from tests.doubles import SteppingClock
from tests.vault.keys import MemoryKeyStore, keyring

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(scope="module")
def made() -> MemoryKeyStore:
    """Keys made once for all tests: an RSA key takes its time."""
    store = MemoryKeyStore()
    SigningKeys(keyring(store, SteppingClock(), seed=77)).public_jwks()
    return store


@pytest.fixture
def store(made: MemoryKeyStore) -> MemoryKeyStore:
    copy = MemoryKeyStore()
    copy.keys = list(made.keys)
    return copy


@pytest.fixture
def keys(store: MemoryKeyStore, clock: SteppingClock) -> SigningKeys:
    return SigningKeys(keyring(store, clock))


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def compact(keys: SigningKeys, alg: str, payload: bytes = b"{}") -> str:
    key = keys.current(alg)
    header = base64url(json.dumps({"alg": alg, "kid": key.kid}).encode())
    signing_input = f"{header}.{base64url(payload)}"
    return f"{signing_input}.{base64url(key.sign(signing_input.encode()))}"


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_another_library_verifies_our_signatures_with_our_jwks(keys: SigningKeys, alg: str):
    published = KeySet.import_key_set(json.loads(json.dumps(keys.public_jwks())))
    for number in range(30):  # R and S of every length
        token = compact(keys, alg, str(number).encode())
        assert jws.deserialize_compact(token, published, algorithms=[alg]).payload == str(number).encode()
        with pytest.raises(BadSignatureError):
            jws.deserialize_compact(token[:-8] + "AAAAAAAA", published, algorithms=[alg])


@pytest.mark.parametrize(("alg", "length"), [("RS256", 256), ("PS256", 256), ("ES256", 64), ("EdDSA", 64)])
def test_signatures_have_the_length_of_rfc_7518(keys: SigningKeys, alg: str, length: int):
    assert {len(keys.current(alg).sign(bytes([n]))) for n in range(40)} == {length}


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_our_own_signatures_verify_and_no_others_do(keys: SigningKeys, alg: str):
    key = keys.current(alg)
    verifier = keys.verifier(key.kid)
    assert verifier is not None
    signature = key.sign(b"message")
    verifier.verify(b"message", signature)
    for message, wrong in [
        (b"another", signature),
        (b"message", signature[:-1]),
        (b"message", signature + b"\0"),
        (b"message", bytes(len(signature))),
        (b"message", b""),
    ]:
        with pytest.raises(WrongSignature):
            verifier.verify(message, wrong)


def test_the_published_set_has_public_members_only(keys: SigningKeys):
    published = keys.public_jwks()["keys"]
    kinds = zip(["RSA", "RSA", "EC", "OKP"], ALGORITHMS, strict=True)
    assert [(k["kty"], k["alg"]) for k in published] == list(kinds)
    assert {k["use"] for k in published} == {"sig"}
    assert set().union(*published) <= {"kty", "n", "e", "crv", "x", "y", "kid", "use", "alg"}


def test_the_thumbprint_is_that_of_rfc_7638_section_3_1():
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q"
        "MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap"
        "JzKnqDKgw"
    )
    assert thumbprint({"kty": "RSA", "n": n, "e": "AQAB"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_each_algorithm_has_a_key_of_its_own(keys: SigningKeys):
    published = keys.public_jwks()["keys"]
    assert len({k.get("n", k.get("x")) for k in published}) == len(published)
    for one, other in (("RS256", "PS256"), ("PS256", "RS256")):
        with pytest.raises(WrongSignature):
            keys.current(other).verify(b"message", keys.current(one).sign(b"message"))


def test_every_worker_publishes_and_signs_with_the_same_keys(store: MemoryKeyStore, clock: SteppingClock):
    first, second = (SigningKeys(keyring(store, clock, seed=seed)) for seed in (1, 2))
    assert first.public_jwks() == second.public_jwks()
    assert first.current("ES256").kid == second.current("ES256").kid


def test_a_key_is_parsed_once(keys: SigningKeys, monkeypatch: pytest.MonkeyPatch):
    parsed = []
    real = schemes.load_der_private_key
    monkeypatch.setattr(schemes, "load_der_private_key", lambda *a, **k: parsed.append(1) or real(*a, **k))
    for _ in range(20):
        keys.current("RS256").sign(b"message")
        keys.public_jwks()
    assert len(parsed) == len(ALGORITHMS)
    assert keys.public_jwks() is keys.public_jwks()


def test_an_unknown_kid_has_no_verifier(keys: SigningKeys):
    assert keys.verifier("nobody") is None


def test_only_the_configured_algorithms_sign(store: MemoryKeyStore, clock: SteppingClock):
    keys = SigningKeys(keyring(store, clock), algorithms=["ES256"])
    assert [k["alg"] for k in keys.public_jwks()["keys"]] == ["ES256"]
    for use in (keys.current, keys.rotate):
        with pytest.raises(ValueError, match="not signing with RS256"):
            use("RS256")


@pytest.mark.parametrize("alg", ["none", "HS256", "RS1"])
def test_other_algorithms_are_refused_at_the_start(store: MemoryKeyStore, clock: SteppingClock, alg: str):
    with pytest.raises(ValueError, match="no such signing algorithm"):
        SigningKeys(keyring(store, clock), algorithms=[alg])


def test_a_key_of_another_kind_does_not_sign(clock: SteppingClock):
    ring = keyring(MemoryKeyStore(), clock)
    ring.current("sign:RS256", schemes.ALGORITHMS["ES256"].make)
    with pytest.raises(MasterKeyWrong):
        SigningKeys(ring).current("RS256")


def test_no_private_member_is_shown(keys: SigningKeys, store: MemoryKeyStore):
    shown = repr(keys.current("ES256")) + repr(store.keys)
    assert "_scheme" not in shown
    assert "private" not in shown.lower()
