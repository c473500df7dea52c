"""Client authentication: exactly one method, the registered one (RFC 6749 section 2.3, OWASP ASVS 10.4.16).

An unknown client and a wrong credential answer alike and take the same work. Secrets are compared as SHA-256 digests in
constant time; they are at least 256 random bits, so a fast digest is enough. There is no lock: a stranger who guesses
must not shut the real client out.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

import structlog
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from idp.domain.client import AuthMethod, Client
from idp.domain.ports import Clock, Limits
from idp.oidc import certificates, client_assertion
from idp.oidc.client_assertion import AssertionCheck, Context
from idp.oidc.client_jwks import ClientJwks
from idp.oidc.client_jws import JwtRefused, Unverified
from idp.oidc.messages import ProtocolRequest
from idp.oidc.relying_party import RelyingParty

Find = Callable[[str], RelyingParty | None]

FAILED: Final = "Client authentication failed."
SECRET_METHODS: Final = frozenset({AuthMethod.BASIC, AuthMethod.POST})
TLS_METHODS: Final = frozenset({AuthMethod.TLS, AuthMethod.SELF_SIGNED_TLS})
_NOBODY: Final = (hashlib.sha256(b"no client has this").digest(),)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Presented:
    """Credentials as they came. ``methods``: those that they may be of."""

    methods: frozenset[AuthMethod]
    client_id: str
    unverified_secret: str = field(default="", repr=False)
    unverified_assertion: Unverified | None = field(default=None, repr=False)


class ClientAuthenticator:
    """See the module. ``token_path``: the token endpoint's, which assertions may name as their audience."""

    def __init__(self, issuer: str, token_path: str, jwks: ClientJwks, limits: Limits, clock: Clock) -> None:
        self._issuer = issuer
        self._token_endpoint = f"{issuer}{token_path}"
        self.jwks = jwks
        self._assertions = AssertionCheck(jwks, limits, clock)
        self._clock = clock

    def authenticate(self, request: ProtocolRequest, find: Find) -> RelyingParty:
        """The authenticated client. Raises InvalidRequestError for two methods, InvalidClientError for everything else.

        Sets ``request.auth_method``.
        """
        presented = self._presented(request)
        party = find(presented.client_id)
        client = party.client if party and party.client.auth_method in presented.methods else None
        try:
            proved = self._proves(client, presented, request)
        except JwtRefused as error:
            raise _refused(request, error.reason) from None
        if party is None or client is None or not proved:
            log.info("client_not_authenticated", client_id=party.client.client_id if party else None)
            raise _refused(request, FAILED)
        request.auth_method = client.auth_method
        return party

    def _presented(self, request: ProtocolRequest) -> Presented:
        """Which method the request uses; more than one is refused (RFC 6749 section 2.3)."""
        form, header = request.form, request.headers.get("Authorization")
        methods = [name for name in ("client_secret", "client_assertion") if name in form]
        if header is not None:
            methods.append("header")
        if len(methods) > 1:
            raise InvalidRequestError("More than one client authentication method.")
        if "client_assertion_type" in form and "client_assertion" not in form:
            raise _refused(request, "client_assertion is missing.")
        if header is not None:
            return _same(form, _basic(header))
        if "client_assertion" in form:
            return self._assertion(request)
        if "client_id" not in form:
            raise InvalidClientError(description="Client authentication is missing.", status_code=401)
        if "client_secret" in form:
            return Presented(frozenset({AuthMethod.POST}), form["client_id"], form["client_secret"])
        return Presented(frozenset({AuthMethod.NONE}) | TLS_METHODS, form["client_id"])

    def _assertion(self, request: ProtocolRequest) -> Presented:
        """A signed assertion whose claims hold (RFC 7521 section 4.2); its signature is looked at later."""
        form = request.form
        if form.get("client_assertion_type") != client_assertion.TYPE:
            raise _refused(request, f"client_assertion_type must be {client_assertion.TYPE}")
        here = Context(self._issuer, self._token_endpoint, f"{self._issuer}{request.path}", self._clock.now())
        try:
            unverified = client_assertion.read(form["client_assertion"], here)
        except JwtRefused as error:
            raise _refused(request, f"client_assertion: {error.reason}") from None
        presented = Presented(client_assertion.METHODS, unverified.claims["sub"], unverified_assertion=unverified)
        return _same(form, presented)

    def _proves(self, client: Client | None, presented: Presented, request: ProtocolRequest) -> bool:
        """Whether these credentials are the client's; without a client the same work is done, and is for nothing."""
        unverified = presented.unverified_assertion
        if unverified is not None:
            signed = self._assertions.signed_by(client, unverified)
            if client is not None and signed:
                self._assertions.take(client, unverified, self._issuer)
            return signed
        if presented.methods & SECRET_METHODS:
            return _is_secret(client, presented.unverified_secret)
        if client is None or client.auth_method is AuthMethod.NONE:
            return client is not None
        return self._shows_certificate(client, request)

    def _shows_certificate(self, client: Client, request: ProtocolRequest) -> bool:
        """RFC 8705 section 2: of an authority, by its registered name; or of its own making, by its registered key."""
        shown = certificates.certificate(request)
        if shown is None:
            return False
        if client.auth_method is AuthMethod.SELF_SIGNED_TLS:
            return self.jwks.owns(client, shown.public_key)
        return client.tls is not None and certificates.shows(shown, client.tls)


def _is_secret(client: Client | None, unverified_secret: str) -> bool:
    """Whether it is one of the client's live secrets; every one is compared."""
    given = hashlib.sha256(unverified_secret.encode()).digest()
    digests = client.secret_digests if client else ()
    right = [hmac.compare_digest(given, digest) for digest in digests or _NOBODY]
    return any(right)


def _same(form: Mapping[str, str], presented: Presented) -> Presented:
    if form.get("client_id", presented.client_id) != presented.client_id:
        raise InvalidRequestError("client_id differs from the authenticated client.")
    return presented


def _refused(request: ProtocolRequest, description: str) -> InvalidClientError:
    """401 with a challenge where the header was used (RFC 6749 section 5.2), else 400."""
    return InvalidClientError(description=description, status_code=401 if "Authorization" in request.headers else 400)


def _basic(header: str) -> Presented:
    """HTTP Basic with form-encoded parts (RFC 6749 section 2.3.1)."""
    scheme, _, value = header.partition(" ")
    refused = InvalidClientError(description=FAILED, status_code=401)
    if scheme.lower() != "basic":
        raise refused
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise refused from None
    client_id, separator, secret = text.partition(":")
    if not separator or not client_id or not secret:
        raise refused
    return Presented(frozenset({AuthMethod.BASIC}), unquote_plus(client_id), unquote_plus(secret))


def without_secrets(parameters: Mapping[str, str]) -> bool:
    """Whether a query string carries no credential (RFC 6749 section 2.3.1: never in the URI)."""
    return not {"client_secret", "client_assertion", "access_token", "code", "refresh_token"} & parameters.keys()
