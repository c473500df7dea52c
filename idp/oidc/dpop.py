"""Proofs of possession (RFC 9449): whether a request is made by the holder of the key that it shows.

A proof is good for one method and one address, once, for a short time; at a resource for one access token besides.
``iat`` may lie a minute ahead and five behind, for the clocks of citizens' devices are not ours: every proof is marked
used for exactly as long as it could be shown again, so a longer window costs memory, not safety. What a window cannot
stop, proofs made in advance by somebody who held the key for a moment, nonces stop: ``IDP_DPOP_NONCES``.
"""

from dataclasses import dataclass
from typing import Any

from idp.domain.ports import Clock, KeyBinding, Limits, ProofMark
from idp.domain.ports.grants import BindingKind
from idp.oidc.dpop_checks import BEHIND_SECONDS, CHECKS, Shown, parts, thumbprint
from idp.oidc.dpop_nonces import DpopNonces
from idp.oidc.errors import InvalidDpopProofError, UseDpopNonceError
from idp.oidc.messages import ProtocolRequest


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds: the thumbprint of its key, its ``jti``, when it was made (seconds since the epoch)."""

    jkt: str
    jti: str
    iat: float

    @property
    def binding(self) -> KeyBinding:
        """What tokens are bound to by it."""
        return KeyBinding(BindingKind.JKT, self.jkt)

    @property
    def mark(self) -> ProofMark:
        """As it is marked used, until it is too old anyway."""
        return ProofMark(f"{self.jkt}:{self.jti}", self.iat + BEHIND_SECONDS + 1)


class DpopProofs:
    """Checks proofs. ``demanded``: every proof must carry a nonce of ours."""

    def __init__(self, issuer: str, limits: Limits, nonces: DpopNonces, clock: Clock, *, demanded: bool) -> None:
        self._issuer = issuer
        self._limits = limits
        self._nonces = nonces
        self._clock = clock
        self.demanded = demanded

    def check(self, request: ProtocolRequest, access_token: str | None = None) -> Proof:
        """The proof of this request, for ``access_token`` at a resource, not marked used yet.

        That :meth:`use` does, or the store where the token lies. Raises InvalidDpopProofError, UseDpopNonceError.
        """
        header, claims = parts(request.headers.get("DPoP", ""))
        shown = Shown(
            request.headers.get("DPoP", ""), header, claims, request.method, f"{self._issuer}{request.path}",
            self._clock.now(), access_token,
        )  # fmt: skip
        for check in CHECKS:
            check(shown)
        self._nonce(claims.get("nonce"))
        return Proof(thumbprint(shown.jwk), str(claims["jti"]), float(claims["iat"]))

    def use(self, proof: Proof) -> None:
        """Mark it used, everywhere. Raises InvalidDpopProofError when it was before (section 11.1)."""
        mark = proof.mark
        if not self._limits.take_once("dpop", mark.name, now=self._clock.now(), expires_at=mark.expires_at):
            raise used_before()

    def spent(self, request: ProtocolRequest) -> Proof:
        """The proof of this request, checked and marked used. Raises as both."""
        proof = self.check(request)
        self.use(proof)
        return proof

    def thumbprint(self, request: ProtocolRequest) -> str | None:
        """The key of this request's proof, marked used; None without one (section 10.1). Raises as :meth:`spent`."""
        return self.spent(request).jkt if "DPoP" in request.headers else None

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What an answer tells of the next nonce (section 8.2)."""
        return (("DPoP-Nonce", self._nonces.current()),) if self.demanded else ()

    def _nonce(self, nonce: Any) -> None:
        """One of ours, of now or of just before (section 8). One that nobody demanded must be right all the same."""
        if nonce is None and not self.demanded:
            return
        if not isinstance(nonce, str) or not self._nonces.good(nonce):
            raise UseDpopNonceError(self._nonces.current())


def used_before() -> InvalidDpopProofError:
    """The error of a proof that comes twice."""
    return InvalidDpopProofError("The DPoP proof was used before: make a new jti for every request.")
