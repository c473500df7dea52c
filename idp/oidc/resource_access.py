"""An access token presented to a resource of ours (RFC 6750, RFC 9449 section 7, RFC 8705 section 3).

One store round trip: where a proof comes with the token, the same script that reads the grant marks the proof used, for
``ath`` ties it to that one token. A bound token is good for nobody but the holder of the key; shown as a plain Bearer
token it is refused (section 7.2: no downgrade), and so is an unbound one shown with a proof.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from authlib.oauth2 import OAuth2Error

from idp.domain.client import Client, Clients
from idp.domain.ports import Access, BindingKind, Clock, Grant, Grants, Inspected, Mismatch
from idp.oidc import certificates
from idp.oidc.access_tokens import AccessTokens
from idp.oidc.dpop import DpopProofs, Proof, used_before
from idp.oidc.errors import DpopTokenError, InvalidDpopProofError, InvalidTokenError, UseDpopNonceError
from idp.oidc.messages import ProtocolRequest
from idp.oidc.still_registered import as_registered

DPOP: Final = "dpop"
SCHEMES: Final = frozenset({"bearer", DPOP})


@dataclass(frozen=True, slots=True)
class Presented:
    """A token as it came: its scheme in small letters, for a scheme has no case (RFC 9110 section 11.1)."""

    scheme: str
    unverified_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Use:
    """A live token and what was shown with it."""

    access: Access
    scheme: str
    proof: Proof | None
    request: ProtocolRequest


@dataclass(frozen=True, slots=True)
class Opened:
    """A live token that may be used here. ``grant``: with what ``client``, to which it was given, is registered for."""

    grant: Grant
    access: Access
    client: Client


class ResourceAccess:
    """Finds what stands behind a presented token, if its presenter may use it here."""

    def __init__(
        self, grants: Grants, clients: Clients, tokens: AccessTokens, proofs: DpopProofs, clock: Clock
    ) -> None:
        self._grants = grants
        self._clients = clients
        self._tokens = tokens
        self._proofs = proofs
        self._clock = clock

    def inspected(self, request: ProtocolRequest) -> Opened:
        """The live token of this request. Raises InvalidTokenError, InvalidDpopProofError, UseDpopNonceError (401)."""
        shown = presented(request)
        try:
            return self._inspected(request, shown)
        except (InvalidTokenError, InvalidDpopProofError, UseDpopNonceError) as error:
            raise _challenging(error, shown.scheme) from None

    def headers(self, request: ProtocolRequest) -> tuple[tuple[str, str], ...]:
        """What an answer says of the next nonce, to who shows proofs."""
        return self._proofs.headers() if "DPoP" in request.headers else ()

    def _inspected(self, request: ProtocolRequest, shown: Presented) -> Opened:
        proof = self._proofs.check(request, shown.unverified_token) if shown.scheme == DPOP else None
        reference = self._tokens.read(shown.unverified_token)
        found = self._grants.inspect(reference, now=self._clock.now(), mark=proof.mark if proof else None)
        if isinstance(found, Mismatch):
            raise used_before()
        client = self._party(found)
        if found is None or client is None:
            raise InvalidTokenError(description="The access token is unknown, expired or revoked.")
        use = _Use(found.access, shown.scheme, proof, request)
        for check in CHECKS:
            check(use)
        return Opened(as_registered(found.grant, client), found.access, client)

    def _party(self, found: Inspected | None) -> Client | None:
        """The client of the grant, as long as it and whoever holds the token are registered: a portal that was removed
        or disabled (its key stolen, perhaps) reads nobody's data with what it kept.
        """
        if found is None or self._clients.get(found.access.client_id) is None:
            return None
        return self._clients.get(found.grant.client_id)


def presented(request: ProtocolRequest) -> Presented:
    """The token of the header, or of a POST form (RFC 6750 sections 2.1, 2.2); never of the query (RFC 9700 4.3.2).

    Raises InvalidTokenError; without any token it has no description, so the challenge names no error (section 3).
    """
    header = request.headers.get("Authorization")
    in_form = request.form.get("access_token")
    if header is not None and in_form is not None:
        raise InvalidTokenError(description="The access token was sent in two ways.")
    if header is None:
        if in_form is None:
            raise InvalidTokenError
        if not in_form.isascii():
            raise InvalidTokenError(description="The access token is unknown, expired or revoked.")
        return Presented("bearer", in_form)
    scheme, _, token = header.partition(" ")
    if scheme.lower() not in SCHEMES or not token.strip() or not token.isascii():
        raise InvalidTokenError(description="The Authorization header holds no Bearer or DPoP token.")
    return Presented(scheme.lower(), token.strip())


def _scheme_of_binding(use: _Use) -> None:
    bound = use.access.binding is not None and use.access.binding.kind is BindingKind.JKT
    if bound and use.scheme != DPOP:
        raise DpopTokenError(description="The access token is bound to a key: use the scheme DPoP, with a proof.")
    if not bound and use.scheme == DPOP:
        raise InvalidTokenError(description="The access token is not bound to a DPoP key.")


def _key_of_proof(use: _Use) -> None:
    binding = use.access.binding
    if use.proof is None or binding is None:
        return
    if not hmac.compare_digest(binding.thumbprint.encode(), use.proof.jkt.encode()):
        raise InvalidTokenError(description="The DPoP proof is by another key than the access token is bound to.")


def _certificate(use: _Use) -> None:
    binding = use.access.binding
    if binding is None or binding.kind is not BindingKind.X5T:
        return
    shown = certificates.thumbprint(use.request) or ""
    if not hmac.compare_digest(binding.thumbprint.encode(), shown.encode()):
        raise InvalidTokenError(description="The access token is bound to a client certificate: show it.")


def _for_us(use: _Use) -> None:
    """A token for another resource opens nothing here: its server must not read the citizen's data (RFC 9700 2.3)."""
    if use.access.audience:
        raise InvalidTokenError(description="The access token is for another resource.")


CHECKS: Final[tuple[Callable[[_Use], None], ...]] = (_scheme_of_binding, _key_of_proof, _certificate, _for_us)


def _challenging(error: OAuth2Error, scheme: str) -> OAuth2Error:
    """As a resource says it: 401 with a challenge of the scheme that was used (RFC 9449 section 7.1)."""
    if scheme == DPOP and isinstance(error, InvalidTokenError):
        return DpopTokenError(description=error.description)
    error.status_code = 401
    return error
