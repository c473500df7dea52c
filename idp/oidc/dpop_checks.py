"""What is checked of a DPoP proof (RFC 9449 section 4.3): one function a check, in the order they are made."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from joserfc import jws
from joserfc.jwk import import_key

from idp.domain.profiles import STRICT_ALGS
from idp.oidc.client_jws import FAULTS, Registry
from idp.oidc.errors import InvalidDpopProofError

AHEAD_SECONDS: Final = 60
BEHIND_SECONDS: Final = 300
MAX_LENGTH: Final = 4_096
MAX_JTI: Final = 256
MIN_RSA_BITS: Final = 2_048
# Which key an algorithm takes, and that key's required members (RFC 7638 section 3.2). RS256 is not among them.
KEYS: Final[Mapping[str, tuple[str, str | None, frozenset[str]]]] = {
    "ES256": ("EC", "P-256", frozenset({"crv", "kty", "x", "y"})),
    "PS256": ("RSA", None, frozenset({"e", "kty", "n"})),
    "EdDSA": ("OKP", "Ed25519", frozenset({"crv", "kty", "x"})),
}
ALGS: Final = tuple(sorted(STRICT_ALGS & KEYS.keys()))
PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Shown:
    """A proof taken apart, and what it must fit."""

    text: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    method: str
    address: str
    now: float
    access_token: str | None = field(repr=False)

    @property
    def jwk(self) -> Mapping[str, Any]:
        """The key of the header, once it is known to be one."""
        found: Mapping[str, Any] = self.header["jwk"]
        return found


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638: of the required members alone, in lexicographic order."""
    _, _, members = next(found for found in KEYS.values() if found[0] == jwk["kty"])
    canonical = orjson.dumps({name: jwk[name] for name in members}, option=orjson.OPT_SORT_KEYS)
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def parts(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims of one compact JWS; two headers arrive joined by a comma and are none."""
    parts = text.split(".")
    if len(text) > MAX_LENGTH or len(parts) != 3:
        raise InvalidDpopProofError("The DPoP header must hold exactly one signed JWT.")
    try:
        header, claims = (orjson.loads(base64.urlsafe_b64decode(p + "=" * (-len(p) % 4))) for p in parts[:2])
    except (binascii.Error, ValueError):
        header, claims = None, None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidDpopProofError("The DPoP proof is not a JWT.")
    return header, claims


def _typ(shown: Shown) -> None:
    if shown.header.get("typ") != "dpop+jwt" or "crit" in shown.header or "b64" in shown.header:
        raise InvalidDpopProofError("The DPoP proof's typ must be dpop+jwt, without critical headers.")


def _alg(shown: Shown) -> None:
    alg = shown.header.get("alg")
    if not isinstance(alg, str) or alg not in ALGS:
        raise InvalidDpopProofError(f"The DPoP proof's alg must be one of {', '.join(ALGS)}.")


def _jwk(shown: Shown) -> None:
    """A public key, whole, of the algorithm's kind; a private one was published by mistake and is worth nothing."""
    jwk = shown.header.get("jwk")
    kty, crv, members = KEYS[shown.header["alg"]]
    if not isinstance(jwk, dict) or PRIVATE & jwk.keys():
        raise InvalidDpopProofError("The DPoP proof's jwk must be a public key.")
    fits = jwk.get("kty") == kty and (crv is None or jwk.get("crv") == crv)
    if not fits or not all(isinstance(jwk.get(name), str) for name in members):
        raise InvalidDpopProofError("The DPoP proof's jwk does not fit its alg.")
    if kty == "RSA" and len(jwk["n"]) * 6 < MIN_RSA_BITS:
        raise InvalidDpopProofError("The DPoP proof's RSA key is shorter than 2048 bits.")


def _signature(shown: Shown) -> None:
    """By the key in its header: RFC 9449 is the one place where that is right (section 4.3)."""
    try:
        key = import_key({name: shown.jwk[name] for name in KEYS[shown.header["alg"]][2]})
        jws.deserialize_compact(shown.text, key, registry=Registry(shown.header["alg"]))
    except FAULTS:
        raise InvalidDpopProofError("The DPoP proof's signature does not hold.") from None


def _htm(shown: Shown) -> None:
    if shown.claims.get("htm") != shown.method:
        raise InvalidDpopProofError("The DPoP proof's htm is not the method of this request.")


def _htu(shown: Shown) -> None:
    htu = shown.claims.get("htu")
    if not isinstance(htu, str) or _normal(htu) != _normal(shown.address):
        raise InvalidDpopProofError("The DPoP proof's htu is not the address of this endpoint.")


def _iat(shown: Shown) -> None:
    iat = shown.claims.get("iat")
    if isinstance(iat, bool) or not isinstance(iat, int | float):
        raise InvalidDpopProofError("The DPoP proof's iat must be a number.")
    if not shown.now - BEHIND_SECONDS <= iat <= shown.now + AHEAD_SECONDS:
        raise InvalidDpopProofError("The DPoP proof's iat is too old or in the future.")


def _jti(shown: Shown) -> None:
    jti = shown.claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
        raise InvalidDpopProofError("The DPoP proof's jti must be a text of at most 256 characters.")


def _ath(shown: Shown) -> None:
    if shown.access_token is None:
        return
    digest = hashlib.sha256(shown.access_token.encode("ascii")).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=")
    ath = shown.claims.get("ath")
    if not isinstance(ath, str) or not hmac.compare_digest(ath.encode(), expected):
        raise InvalidDpopProofError("The DPoP proof's ath is not the hash of this access token.")


# RFC 9449 section 4.3, in its order: what is cheap before the signature, what is signed after it.
CHECKS: Final[tuple[Callable[[Shown], None], ...]] = (_typ, _alg, _jwk, _signature, _htm, _htu, _iat, _jti, _ath)


def _normal(uri: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path, without query and fragment, after RFC 3986 sections 6.2.2 and 6.2.3."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.scheme not in PORTS or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme], parts.path or "/"
