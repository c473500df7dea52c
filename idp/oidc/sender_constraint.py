"""To which key the tokens of a token request are bound: a DPoP key (RFC 9449) or a certificate (RFC 8705)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.domain.client import AuthMethod, Client
from idp.domain.ports import BindingKind, KeyBinding
from idp.oidc import certificates
from idp.oidc.dpop import DpopProofs
from idp.oidc.errors import InvalidDpopProofError
from idp.oidc.messages import ProtocolRequest


@dataclass(frozen=True, slots=True)
class _Offered:
    """What a request shows."""

    client: Client
    proof: KeyBinding | None
    certificate: KeyBinding | None


class SenderConstraints:
    """Binds tokens to what the request shows, and refuses requests that show less than the client must."""

    def __init__(self, proofs: DpopProofs) -> None:
        self.proofs = proofs

    def binding(self, request: ProtocolRequest, client: Client) -> KeyBinding | None:
        """The binding of the tokens to be minted; a proof is used up by it.

        Raises InvalidDpopProofError, UseDpopNonceError, InvalidRequestError.
        """
        proof = self.proofs.spent(request).binding if "DPoP" in request.headers else None
        offered = _Offered(client, proof, _certificate(request, client))
        for check in CHECKS:
            check(offered)
        return offered.certificate or offered.proof


def _certificate(request: ProtocolRequest, client: Client) -> KeyBinding | None:
    """Only of clients that are registered for it: a certificate may be shown to authenticate alone (RFC 8705 3)."""
    if not client.tls_bound or (client.dpop_bound and "DPoP" in request.headers):
        return None
    thumbprint = certificates.thumbprint(request)
    return KeyBinding(BindingKind.X5T, thumbprint) if thumbprint else None


def _proof_where_registered(offered: _Offered) -> None:
    if offered.client.dpop_bound and not offered.client.tls_bound and offered.proof is None:
        raise InvalidDpopProofError("This client is registered for DPoP-bound tokens: send a DPoP proof.")


def _certificate_where_registered(offered: _Offered) -> None:
    alone = offered.client.tls_bound and not offered.client.dpop_bound
    if alone and offered.certificate is None:
        raise InvalidRequestError("This client is registered for certificate-bound tokens: show the certificate.")


def _some_binding(offered: _Offered) -> None:
    both = offered.client.dpop_bound and offered.client.tls_bound
    demanded = both or offered.client.rules.require_binding
    if demanded and offered.proof is None and offered.certificate is None:
        raise InvalidDpopProofError("Tokens of this client are bound to a key: send a DPoP proof.")


CHECKS: Final[tuple[Callable[[_Offered], None], ...]] = (
    _proof_where_registered,
    _certificate_where_registered,
    _some_binding,
)


def keyed_refresh(client: Client) -> bool:
    """Whether refresh tokens are bound to the key as well: of public clients nothing else is (RFC 9449 section 5)."""
    return client.auth_method is AuthMethod.NONE
