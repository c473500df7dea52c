"""Making and checking the provider's own JWTs.

Signing assembles the compact form by hand around a header that was encoded once per key (the signature costs 0.03 ms
with ES256; a library's header and key handling would cost as much again). Checking is left to joserfc, with algorithm
and keys fixed by us (RFC 8725 sections 3.1 and 3.10).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from authlib.oauth2.rfc6749 import InvalidRequestError
from joserfc import jwt
from joserfc.jwk import Key, KeySet

from idp.oidc.client_jws import FAULTS, Registry
from idp.oidc.keys import SigningKey, SigningKeys

MAX_LENGTH = 8_192


def b64(data: bytes) -> bytes:
    """Unpadded base64url (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Minter:
    """Signs claims. Headers are encoded once per (key, typ)."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys
        self._headers: dict[tuple[str, str], bytes] = {}

    def mint(self, claims: Mapping[str, Any], alg: str, typ: str = "JWT") -> str:
        """A compact JWS by the current key of ``alg``, its ``kid`` in the header."""
        key = self._keys.current(alg)
        signed = self._header(key, typ) + b"." + b64(orjson.dumps(claims))
        return (signed + b"." + b64(key.sign(signed))).decode("ascii")

    def _header(self, key: SigningKey, typ: str) -> bytes:
        found = self._headers.get((key.kid, typ))
        if found is None:
            found = b64(orjson.dumps({"alg": key.alg, "kid": key.kid, "typ": typ}))
            self._headers[key.kid, typ] = found
        return found


class NotOurs(ValueError):
    """Not a JWT that this provider signed, or not of the kind that was expected."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A published JWK Set and its keys by ``kid``, each with the one algorithm that it is for."""

    jwks: Mapping[str, Any]
    keys: Mapping[str, tuple[Key, str]]


class OwnTokens:
    """Checks JWTs of our own that come back. Keys are parsed again only when the published set is another one."""

    def __init__(self, keys: SigningKeys, issuer: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._parsed = _Parsed({}, {})

    def read(self, unverified: str, typ: str) -> Mapping[str, Any]:
        """The claims of a JWT of type ``typ``, expired or not: who asks checks times. Raises NotOurs."""
        if len(unverified) > MAX_LENGTH or unverified.count(".") != 2:
            raise NotOurs
        try:
            unverified_header = orjson.loads(_unpadded(unverified.partition(".")[0]))
            key, alg = self._published()[unverified_header["kid"]]
            token = jwt.decode(unverified, key, algorithms=[alg], registry=Registry(alg))
        except FAULTS:
            raise NotOurs from None
        if token.header.get("typ") != typ or token.claims.get("iss") != self._issuer:
            raise NotOurs
        return token.claims

    def _published(self) -> Mapping[str, tuple[Key, str]]:
        jwks = self._keys.public_jwks()
        if self._parsed.jwks is not jwks:
            key_set = KeySet.import_key_set(dict(jwks))  # type: ignore[arg-type]
            self._parsed = _Parsed(jwks, {str(key.kid): (key, str(key.alg)) for key in key_set.keys})
        return self._parsed.keys


class HintReader:
    """Reads an ``id_token_hint``: one of our own ID tokens, expired or not (OpenID Connect RP-Initiated Logout 2)."""

    def __init__(self, keys: SigningKeys, issuer: str) -> None:
        self._tokens = OwnTokens(keys, issuer)

    def read(self, unverified_hint: str) -> Mapping[str, Any]:
        """The claims. Raises InvalidRequestError for any token that we did not sign, or that is no ID token."""
        refused = InvalidRequestError("id_token_hint is not an ID token of this provider.")
        try:
            claims = self._tokens.read(unverified_hint, "JWT")
        except NotOurs:
            raise refused from None
        # A signed UserInfo answer is typed alike, and has neither of the two times.
        if not isinstance(claims.get("sub"), str) or not {"exp", "iat"} <= claims.keys():
            raise refused
        return claims


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
