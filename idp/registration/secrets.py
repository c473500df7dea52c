"""A registered client's own secrets: two live ones while it changes them, kept as digests wherever that is enough."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from idp.domain.client import AuthMethod

SECRET_BYTES: Final = 32
BY_DIGEST: Final = frozenset({AuthMethod.BASIC, AuthMethod.POST})
WITH_SECRET: Final = BY_DIGEST | {AuthMethod.SECRET_JWT}
DIGESTS: Final = "client_secret_digests"
REFERENCES: Final = "client_secret_refs"
_NAMES: Final = ("first", "second")


def digest(secret: str) -> bytes:
    """What is kept of a token or secret of at least 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def method_of(metadata: Mapping[str, Any]) -> AuthMethod:
    """How it authenticates."""
    return AuthMethod(metadata["token_endpoint_auth_method"])


def with_secret(
    metadata: Mapping[str, Any], kept: Mapping[str, str], secret: str
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Metadata and secrets with a new secret first; the newest of the old ones stays good beside it."""
    if method_of(metadata) in BY_DIGEST:
        digests = [f"sha256:{digest(secret).hex()}", *metadata.get(DIGESTS, ())][:2]
        return {**metadata, DIGESTS: digests}, {}
    old = list(metadata.get(REFERENCES, ()))[:1]
    name = next(each for each in _NAMES if each not in old)
    return {**metadata, REFERENCES: [name, *old]}, {name: secret} | {each: kept[each] for each in old}


def without_old(metadata: Mapping[str, Any], kept: Mapping[str, str]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Only the newest secret stays good."""
    member = DIGESTS if method_of(metadata) in BY_DIGEST else REFERENCES
    newest = list(metadata.get(member, ()))[:1]
    return {**metadata, member: newest}, {name: kept[name] for name in newest if name in kept}


def carried_over(
    metadata: Mapping[str, Any], former: Mapping[str, Any], kept: Mapping[str, str]
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The secrets of a former registration, where the new one keeps them in the same way."""
    new, old = method_of(metadata), method_of(former)
    if new in BY_DIGEST and old in BY_DIGEST:
        return {**metadata, DIGESTS: list(former[DIGESTS])}, {}
    if new is old is AuthMethod.SECRET_JWT:
        return {**metadata, REFERENCES: list(former[REFERENCES])}, kept
    return dict(metadata), {}


def has_secret(metadata: Mapping[str, Any]) -> bool:
    """Whether there is one."""
    return bool(metadata.get(DIGESTS) or metadata.get(REFERENCES))
