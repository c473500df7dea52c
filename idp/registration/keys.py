"""A client's public keys as it declares them: checked before anything uses them (RFC 7517, RFC 7518, RFC 8725)."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

MAX_KEYS: Final = 20
MIN_RSA_BITS: Final = 2048
# Members that only a private or symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4).
PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# Members that are compared with names of ours: a list or an object in their place would be a fault of ours later on.
TEXTS: Final = ("kty", "crv", "kid", "use", "alg")
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "RSA": frozenset(),
    "EC": frozenset({"P-256", "P-384", "P-521"}),
    "OKP": frozenset({"Ed25519", "X25519"}),
}


def public_jwks(jwks: dict[str, Any]) -> dict[str, Any]:
    """The set itself, when every key of it is a public key that we can use.

    Raises ValueError: no or too many keys, a private or symmetric one (a secret that was published), an unknown kind or
    curve, a weak RSA key, an identifier that comes twice.
    """
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MAX_KEYS or not all(isinstance(key, dict) for key in keys):
        raise ValueError(f"must be a JWK Set of 1 to {MAX_KEYS} keys")
    kids = [key["kid"] for key in keys if "kid" in key]
    if len(kids) != len(set(map(str, kids))):
        raise ValueError("a kid is repeated")
    for key in keys:
        _check(key)
    try:
        KeySet.import_key_set(jwks)  # type: ignore[arg-type]  # its own TypedDict
    except (JoseError, ValueError, TypeError, KeyError):
        raise ValueError("a key cannot be read") from None
    return jwks


def published_jwks(document: object) -> dict[str, Any]:
    """What is usable of a set that was fetched: keys of other kinds and curves are left out (RFC 7517 section 5).

    Raises ValueError as above: a private key that was published spoils the whole set.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise ValueError(f"must be a JWK Set of 1 to {MAX_KEYS} keys")
    return public_jwks({"keys": [key for key in keys if isinstance(key, dict) and _known(key)]})


def _known(key: Mapping[str, Any]) -> bool:
    curves = KINDS.get(str(key.get("kty")))
    return bool(PRIVATE & key.keys()) or (curves is not None and (not curves or str(key.get("crv")) in curves))


def _check(key: Mapping[str, Any]) -> None:
    if PRIVATE & key.keys():
        raise ValueError("a private or symmetric key has no place here")
    if not all(isinstance(key.get(name), str | None) for name in TEXTS):
        raise ValueError("a member of a key is not a text")
    curves = KINDS.get(str(key.get("kty")))
    if curves is None or (curves and str(key.get("crv")) not in curves):
        raise ValueError("a key is of an unknown kind or curve")
    if key["kty"] == "RSA" and len(str(key.get("n", ""))) * 6 < MIN_RSA_BITS:
        raise ValueError(f"an RSA key is shorter than {MIN_RSA_BITS} bits")
