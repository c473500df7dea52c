"""The keys that sign tokens: made here, kept wrapped, parsed once, rotated with an overlap that is announced.

A new key is published at once and signs ``announce_seconds`` later: by then every relying party that keeps our JWK Set
for as long as its ``Cache-Control`` allows has seen it. The key before it stays published ``retain_seconds`` longer,
until everything that it signed has expired; then it is retired: published no more, verifying nothing, and removed with
the next rotation (OpenID Connect Core 10.1.1). Workers read the key store again every few seconds: none is restarted.

Loading an RSA key with its checks costs a hundred signatures, so a key is parsed when it is first met and kept.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from cryptography.exceptions import InvalidSignature

from idp.domain.signing_keys import KeyFacts, Stage
from idp.vault.keyring import SIGNING_PREFIX, DataKey, Keyring
from idp.vault.signing_schemes import ALGORITHMS, Scheme, base64url

ANNOUNCE_SECONDS: Final = 600.0
RETAIN_SECONDS: Final = 43_200.0


class WrongSignature(ValueError):
    """A signature that this key did not make."""


class KeyInUse(ValueError):
    """A key that cannot be retired: tokens still need it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A parsed key. ``kid`` is its RFC 7638 thumbprint, ``public_jwk`` holds no private member."""

    kid: str
    alg: str
    public_jwk: Mapping[str, str]
    _scheme: Scheme = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The raw JWS signature of a signing input (RFC 7515 section 5.1)."""
        return self._scheme.sign(message)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return when this key made ``signature``. Raises WrongSignature."""
        try:
            self._scheme.verify(message, signature)
        except (InvalidSignature, ValueError):
            raise WrongSignature(self.kid) from None


@dataclass(frozen=True, slots=True)
class _Published:
    """What is published, built again only when it changes. ``jwks`` is the same object until then."""

    ids: tuple[str, ...] = ()
    by_kid: Mapping[str, SigningKey] = field(default_factory=dict)
    jwks: Mapping[str, Any] = field(default_factory=lambda: {"keys": []})


class SigningKeys:
    """The signing keys of a keyring, under the purposes ``sign:<alg>``. Safe to use from several threads."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        algorithms: Sequence[str] = tuple(ALGORITHMS),
        announce_seconds: float = ANNOUNCE_SECONDS,
        retain_seconds: float = RETAIN_SECONDS,
    ) -> None:
        """Raise ValueError for an algorithm that is none of ours. Keys are made when first asked for."""
        if unknown := set(algorithms) - set(ALGORITHMS):
            raise ValueError(f"no such signing algorithm: {', '.join(sorted(unknown))}")
        self.algorithms = tuple(algorithms)
        self._keyring = keyring
        self._announce = announce_seconds
        self._retain = retain_seconds
        self._parsed: dict[str, SigningKey] = {}
        self._published = _Published()

    # ---- using ----

    def current(self, alg: str) -> SigningKey:
        """The key that signs now. Raises ValueError for an algorithm this provider does not sign with."""
        keys = self._keys(alg)
        settled_before = self._keyring.clock.now() - self._announce
        return self._parse(alg, next((key for key in reversed(keys[1:]) if key.created_at <= settled_before), keys[0]))

    def public_jwks(self) -> Mapping[str, Any]:
        """The JWK Set (RFC 7517 section 5): public members of every published key, newest first of each algorithm.

        The same object as long as nothing changed; do not change it.
        """
        return self._publish().jwks

    def verifier(self, kid: str) -> SigningKey | None:
        """The published key of this id: for our own tokens that come back (``id_token_hint``)."""
        return self._publish().by_kid.get(kid)

    # ---- rotating ----

    def described(self) -> Sequence[KeyFacts]:
        """Every key in the store, oldest first of each algorithm."""
        return tuple(facts for alg in self.algorithms for _, facts in self._lives(alg))

    def rotate(self, alg: str) -> KeyFacts:
        """Publish a further key now; it signs ``announce_seconds`` later. Retired keys of ``alg`` are removed."""
        for key, facts in self._lives(alg):
            if facts.stage is Stage.RETIRED:
                self._keyring.remove(key.id, SIGNING_PREFIX + alg)
        self._keyring.rotate(SIGNING_PREFIX + alg, ALGORITHMS[alg].make)
        return self._lives(alg)[-1][1]

    def retire(self, kid: str, *, compromised: bool = False) -> KeyFacts:
        """Remove a retired key for good; a ``compromised`` one at once, with everything that it signed.

        Raises KeyInUse for one that tokens still need, or that is the last of its algorithm; LookupError.
        """
        for alg in self.algorithms:
            lives = self._lives(alg)
            for key, facts in lives:
                if facts.kid != kid:
                    continue
                if len(lives) == 1:
                    raise KeyInUse(f"the only key of {alg}: rotate it first")
                if facts.stage is not Stage.RETIRED and not compromised:
                    raise KeyInUse(f"this key is {facts.stage.value}")
                self._keyring.remove(key.id, SIGNING_PREFIX + alg)
                return facts
        raise LookupError(kid)

    def _keys(self, alg: str) -> Sequence[DataKey]:
        """Every key of ``alg``, oldest first; the first one is made here."""
        if alg not in self.algorithms:
            raise ValueError(f"not signing with {alg}")
        purpose = SIGNING_PREFIX + alg
        keys = self._keyring.published(purpose)
        if not keys:
            self._keyring.current(purpose, ALGORITHMS[alg].make)
            keys = self._keyring.published(purpose)
        return keys

    def _lives(self, alg: str) -> Sequence[tuple[DataKey, KeyFacts]]:
        """Keys with their stages: a key signs until the next one does."""
        keys, now = self._keys(alg), self._keyring.clock.now()
        starts = [keys[0].created_at, *(key.created_at + self._announce for key in keys[1:])]
        ends: list[float | None] = [*starts[1:], None]
        return [
            (
                key,
                KeyFacts(
                    kid=self._parse(alg, key).kid,
                    alg=alg,
                    stage=_stage(start, end, self._retain, now),
                    created_at=key.created_at,
                    signs_from=start,
                    signs_until=end,
                    published_until=None if end is None else end + self._retain,
                ),
            )
            for key, start, end in zip(keys, starts, ends, strict=True)
        ]

    # ---- publishing ----

    def _publish(self) -> _Published:
        now = self._keyring.clock.now()
        found = [(alg, key) for alg in self.algorithms for key in self._not_retired(alg, now)]
        ids = tuple(key.id for _, key in found)
        if ids != self._published.ids:
            keys = [self._parse(alg, key) for alg, key in found]
            jwks = {"keys": [dict(key.public_jwk) for key in keys]}
            self._published = _Published(ids, {key.kid: key for key in keys}, jwks)
        return self._published

    def _not_retired(self, alg: str, now: float) -> Sequence[DataKey]:
        """Newest first: all whose successor has not signed for ``retain_seconds`` yet."""
        keys = self._keys(alg)
        kept = now - self._retain - self._announce
        alive = [key for key, successor in pairwise(keys) if successor.created_at > kept]
        return [keys[-1], *reversed(alive)]

    def _parse(self, alg: str, key: DataKey) -> SigningKey:
        parsed = self._parsed.get(key.id)
        if parsed is None:
            scheme = ALGORITHMS[alg].load(key.material)
            members = scheme.public_members()
            kid = thumbprint(members)
            jwk = {**members, "kid": kid, "use": "sig", "alg": alg}
            parsed = self._parsed[key.id] = SigningKey(kid, alg, jwk, scheme)
        return parsed


def _stage(signs_from: float, signs_until: float | None, retain: float, now: float) -> Stage:
    if now < signs_from:
        return Stage.ANNOUNCED
    if signs_until is None or now < signs_until:
        return Stage.SIGNING
    return Stage.RETAINED if now < signs_until + retain else Stage.RETIRED


def thumbprint(members: Mapping[str, str]) -> str:
    """RFC 7638 section 3: SHA-256 of the required members in lexicographic order, unpadded base64url.

    ``members`` holds the required members of the key type and nothing else.
    """
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return base64url(hashlib.sha256(canonical.encode()).digest())
