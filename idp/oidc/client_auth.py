"""Client authentication: exactly one method, the registered one (RFC 6749 section 2.3, OWASP ASVS 10.4.16).

An unknown client and a wrong secret answer alike and take the same work. Secrets are compared as SHA-256 digests in
constant time; they are at least 256 random bits, so a fast digest is enough. There is no lock: a stranger who guesses
must not shut the real client out.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from idp.domain.client import AuthMethod
from idp.oidc.messages import ProtocolRequest
from idp.oidc.relying_party import RelyingParty

_NOBODY = (hashlib.sha256(b"no client has this").digest(),)


@dataclass(frozen=True, slots=True)
class Presented:
    """Credentials as they came."""

    method: AuthMethod
    client_id: str
    unverified_secret: str = field(default="", repr=False)


def authenticate(request: ProtocolRequest, find: Callable[[str], RelyingParty | None]) -> RelyingParty:
    """The authenticated client. Raises InvalidRequestError for two methods, InvalidClientError for everything else."""
    presented = _presented(request)
    party = find(presented.client_id)
    digests = party.client.secret_digests if party else ()
    given = hashlib.sha256(presented.unverified_secret.encode()).digest()
    right = [hmac.compare_digest(given, digest) for digest in digests or _NOBODY]
    registered = party is not None and party.client.auth_method is presented.method
    if party is None or not registered or not (any(right) or presented.method is AuthMethod.NONE):
        status = 401 if "Authorization" in request.headers else 400
        raise InvalidClientError(description="Client authentication failed.", status_code=status)
    request.auth_method = presented.method
    return party


def _presented(request: ProtocolRequest) -> Presented:
    """Which method the request uses; more than one is refused (RFC 6749 section 2.3)."""
    form = request.form
    methods = [name for name in ("client_secret", "client_assertion") if name in form]
    header = request.headers.get("Authorization")
    if header is not None:
        methods.append("header")
    if len(methods) > 1:
        raise InvalidRequestError("More than one client authentication method.")
    if header is not None:
        presented = _basic(header)
        if form.get("client_id", presented.client_id) != presented.client_id:
            raise InvalidRequestError("client_id differs from the authenticated client.")
        return presented
    if "client_id" not in form:
        raise InvalidClientError(description="Client authentication is missing.", status_code=401)
    if "client_secret" in form:
        return Presented(AuthMethod.POST, form["client_id"], form["client_secret"])
    return Presented(AuthMethod.NONE, form["client_id"])


def _basic(header: str) -> Presented:
    """HTTP Basic with form-encoded parts (RFC 6749 section 2.3.1)."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClientError(description="Client authentication failed.", status_code=401)
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise InvalidClientError(description="Client authentication failed.", status_code=401) from None
    client_id, separator, secret = text.partition(":")
    if not separator or not client_id or not secret:
        raise InvalidClientError(description="Client authentication failed.", status_code=401)
    return Presented(AuthMethod.BASIC, unquote_plus(client_id), unquote_plus(secret))


def without_secrets(parameters: Mapping[str, str]) -> bool:
    """Whether a query string carries no credential (RFC 6749 section 2.3.1: never in the URI)."""
    return not {"client_secret", "client_assertion", "access_token", "code", "refresh_token"} & parameters.keys()
