"""A relying party's keys, assertions and certificates, made with joserfc and cryptography: none of our own code."""

import base64
import datetime
import itertools
import time
from functools import cache
from typing import Any
from urllib.parse import quote

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CERTIFICATE_HEADER = "ClientCert"
_count = itertools.count()


class _Registry(jws.JWSRegistry):
    """Signs by whatever it is told to: tests send what no library would."""

    max_header_length = 65_536

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def make_key(alg: str = "ES256", kid: str | None = None) -> Any:
    """A private key for ``alg`` with a name of its own; RSA keys are slow to make, so there are two of them."""
    kid = kid or f"key-{next(_count)}"
    if alg in {"RS256", "PS256", "RSA-OAEP-256"}:
        return RSAKey.import_key(_rsa(next(_count) % 2).as_dict(private=True) | {"kid": kid})
    if alg == "EdDSA":
        return OKPKey.generate_key("Ed25519", {"kid": kid})
    return ECKey.generate_key("P-256", {"kid": kid})


@cache
def _rsa(number: int) -> Any:
    del number
    return RSAKey.generate_key(2048)


def jwks(*keys: Any, **more: str) -> dict[str, Any]:
    """The set of the public halves."""
    return {"keys": [{**key.as_dict(private=False), **more} for key in keys]}


def sign(claims: dict[str, Any] | bytes, key: Any, alg: str, **header: Any) -> str:
    """A compact JWS; ``kid`` is the key's unless the header says otherwise (None: no such member)."""
    members = {"alg": alg, "typ": "JWT", "kid": key.get("kid")} | header
    payload = claims if isinstance(claims, bytes) else orjson.dumps(claims)
    found = {name: value for name, value in members.items() if value is not None}
    return jws.serialize_compact(found, payload, key, registry=_Registry(strict_check_header=False))


def b64(value: dict[str, Any] | bytes) -> str:
    """A part of a JWT, made by hand."""
    octets = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def sign_hmac(claims: dict[str, Any], secret: str | bytes, **header: Any) -> str:
    """Under a shared secret."""
    return sign(claims, OctKey.import_key(secret), "HS256", **header)


def assertion_claims(client_id: str, audience: Any, now: float, **changes: Any) -> dict[str, Any]:
    """Claims of a client assertion; None takes one out."""
    claims = {
        "iss": client_id, "sub": client_id, "aud": audience, "iat": int(now), "exp": int(now) + 60,
        "jti": f"jti-{next(_count)}-{time.monotonic_ns()}",
    } | changes  # fmt: skip
    return {name: value for name, value in claims.items() if value is not None}


def certificate(key: Any, subject: str = "CN=hall,O=Service hall,C=CN", *names: x509.GeneralName) -> str:
    """A certificate for ``key`` by itself, PEM. ``key`` is a joserfc key or one of cryptography's."""
    private = (
        key if isinstance(key, ec.EllipticCurvePrivateKey) else load_pem_private_key(key.as_pem(private=True), None)
    )
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    name = x509.Name.from_rfc4514_string(subject)
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=3650))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def certificate_headers(pem: str) -> dict[str, str]:
    """What the proxy sends on."""
    return {CERTIFICATE_HEADER: quote(pem, safe="")}
