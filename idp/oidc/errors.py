"""Domain facts -> OAuth errors: one table. Descriptions are constant ASCII, never a word of the request.

(A quote or non-ASCII in ``error_description`` is illegal by RFC 6749 section 5.2, and Authlib raises on it.)
"""

from collections.abc import Callable
from typing import Final, cast

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AccessDeniedError,
    InvalidGrantError,
    InvalidRequestError,
)

from idp.domain import capturing
from idp.domain import errors as facts
from idp.domain.assurance import Level
from idp.domain.profiles import STRICT_ALGS

# What a challenge of the scheme DPoP says besides (RFC 9449 section 7.1).
DPOP_CHALLENGE: Final = {"algs": " ".join(sorted(STRICT_ALGS))}


class LoginRequiredError(OAuth2Error):
    """OpenID Connect Core 3.1.2.6."""

    error = "login_required"


class ConsentRequiredError(OAuth2Error):
    """OpenID Connect Core 3.1.2.6."""

    error = "consent_required"


class AccountSelectionRequiredError(OAuth2Error):
    """OpenID Connect Core 3.1.2.6."""

    error = "account_selection_required"


class InteractionRequiredError(OAuth2Error):
    """OpenID Connect Core 3.1.2.6."""

    error = "interaction_required"


class UnmetAuthenticationRequirementsError(OAuth2Error):
    """OpenID Connect Core Unmet Authentication Requirements 1.0."""

    error = "unmet_authentication_requirements"


class RequestNotSupportedError(OAuth2Error):
    """OpenID Connect Core 3.1.2.6."""

    error = "request_not_supported"


class RequestUriNotSupportedError(OAuth2Error):
    """OpenID Connect Core 3.1.2.6."""

    error = "request_uri_not_supported"


class InvalidRequestObjectError(OAuth2Error):
    """RFC 9101 section 6.2, OpenID Connect Core 3.1.2.6."""

    error = "invalid_request_object"


class InvalidRequestUriError(OAuth2Error):
    """RFC 9101 section 7: also a pushed request that is unknown, expired, used, or of another client (RFC 9126)."""

    error = "invalid_request_uri"


class InvalidTargetError(OAuth2Error):
    """RFC 8707 section 2."""

    error = "invalid_target"


class InvalidAuthorizationDetailsError(OAuth2Error):
    """RFC 9396 section 5."""

    error = "invalid_authorization_details"


class ClientKeyMissingError(OAuth2Error):
    """The client asks for encrypted answers and has no key to encrypt with (RFC 7591 section 3.2.2 has the code)."""

    error = "invalid_client_metadata"


class InvalidDpopProofError(OAuth2Error):
    """RFC 9449 section 5; at a resource with status 401 and a challenge (section 7.1)."""

    error = "invalid_dpop_proof"
    scheme = "DPoP"
    challenge = DPOP_CHALLENGE


class UseDpopNonceError(OAuth2Error):
    """RFC 9449 sections 8 and 9. ``headers``: the nonce to use, so that the client can try again at once."""

    error = "use_dpop_nonce"
    scheme = "DPoP"
    challenge = DPOP_CHALLENGE

    def __init__(self, nonce: str) -> None:
        super().__init__(description="The DPoP proof needs the nonce of the DPoP-Nonce header.")
        self.headers = (("DPoP-Nonce", nonce),)


class TemporarilyUnavailableError(OAuth2Error):
    """RFC 6749 section 4.1.2.1; at the back channel with status 503."""

    error = "temporarily_unavailable"
    status_code = 503


class ServerError(OAuth2Error):
    """RFC 6749 section 4.1.2.1."""

    error = "server_error"
    status_code = 500


class InvalidTokenError(OAuth2Error):
    """RFC 6750 section 3.1."""

    error = "invalid_token"
    status_code = 401


class DpopTokenError(InvalidTokenError):
    """RFC 9449 section 7.1: as RFC 6750 has it, told in the scheme of the token."""

    scheme = "DPoP"
    challenge = DPOP_CHALLENGE


class InsufficientScopeError(OAuth2Error):
    """RFC 6750 section 3.1."""

    error = "insufficient_scope"
    status_code = 403


class InsufficientUserAuthenticationError(OAuth2Error):
    """RFC 9470 section 3. ``challenge``: what stands in WWW-Authenticate besides, so that the client can ask for it."""

    error = "insufficient_user_authentication"
    status_code = 401

    def __init__(self, level: Level, status_code: int = 401) -> None:
        super().__init__(description="A higher real-name level is required.", status_code=status_code)
        self.challenge = {"acr_values": level.acr}


_INTERACTIONS: dict[facts.Interaction, type[OAuth2Error]] = {
    facts.Interaction.LOGIN: LoginRequiredError,
    facts.Interaction.CONSENT: ConsentRequiredError,
    facts.Interaction.ACCOUNT_SELECTION: AccountSelectionRequiredError,
    facts.Interaction.OTHER: InteractionRequiredError,
}


def _interaction(error: facts.DomainError) -> OAuth2Error:
    return _INTERACTIONS[cast("facts.InteractionNeeded", error).interaction]()


def _constant(kind: type[OAuth2Error], description: str) -> Callable[[facts.DomainError], OAuth2Error]:
    return lambda _: kind(description=description)


_page = _constant(ServerError, "The provider could not finish this request.")
_busy = _constant(TemporarilyUnavailableError, "Try again later.")
_grant = _constant(InvalidGrantError, "The code or token is unknown, expired, used or of another client.")
_denied = _constant(AccessDeniedError, "The citizen or the provider refused.")

TABLE: dict[type[facts.DomainError], Callable[[facts.DomainError], OAuth2Error]] = {
    facts.InvalidInput: _constant(InvalidRequestError, "A parameter is malformed."),
    facts.LimitReached: _busy,
    facts.SignInRefused: _denied,
    facts.SecondFactorRefused: _denied,
    facts.LoginNameTaken: _denied,
    facts.MobileTaken: _denied,
    facts.PersonMismatch: _denied,
    facts.LinkTaken: _denied,
    facts.LinkPresent: _denied,
    facts.LinkProofDead: _denied,
    facts.LastWayIn: _denied,
    facts.FactorSetupOver: _denied,
    facts.CaptureOver: _denied,
    capturing.Foul: _denied,
    capturing.JudgeBusy: _busy,
    facts.HandoverOver: _denied,
    facts.ApprovalOver: _denied,
    facts.JourneyLost: _denied,
    facts.JourneyMoved: _busy,
    facts.AttemptError: _denied,
    facts.AttemptExpired: _denied,
    facts.AttemptSpent: _denied,
    facts.AttemptMismatch: _denied,
    facts.InteractionNeeded: _interaction,
    facts.AssuranceNotMet: _constant(UnmetAuthenticationRequirementsError, "The required level was not reached."),
    facts.ConsentRefused: _denied,
    facts.CodeReplayed: _grant,
    facts.RefreshReplayed: _grant,
    facts.StoreUnavailable: _busy,
    facts.DocumentUnavailable: _busy,
    facts.ClientIdTaken: _page,
    facts.InitialTokenRefused: _constant(InvalidTokenError, "The initial access token is of no use."),
    facts.MasterKeyWrong: _page,
    facts.ChannelError: _busy,
    facts.Unavailable: _busy,
    facts.Distrusted: _page,
}


def as_oauth(error: Exception) -> OAuth2Error:
    """The OAuth error of a fact; anything unknown is ``server_error`` and says nothing more."""
    if isinstance(error, OAuth2Error):
        return error
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind](cast("facts.DomainError", error))
    return _page(facts.DomainError())
