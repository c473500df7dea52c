"""The authorization request: client and redirect URI first, then everything else, as a list of small checks.

Order matters: until client and redirect URI are proved right, an error is a page and nothing is redirected anywhere
(CVE-2026-41479, CVE-2026-44681: Authlib redirected errors of an unvalidated request twice).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, OAuth2Error, UnsupportedResponseTypeError

from idp.domain.assurance import Level, level_of_acr
from idp.domain.authorization import AuthorizationRequest
from idp.domain.client import ChannelPolicy, Client
from idp.domain.errors import AssuranceNotMet
from idp.oidc import claims_parameter
from idp.oidc.errors import RequestNotSupportedError, RequestUriNotSupportedError, as_oauth
from idp.oidc.jws import HintReader
from idp.oidc.messages import ProtocolRequest
from idp.oidc.parameters import check_plain
from idp.oidc.server import Server

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
MAX_SCOPES = 20
MAX_ACR_VALUES = 10
MAX_AGE_DIGITS = 9
MAX_NONCE = 1024


class PageError(Exception):
    """A request that must not be redirected: unknown client, or a redirect URI that is not registered."""

    def __init__(self, code: str, client: Client | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.client = client


class RedirectableError(Exception):
    """A request whose error goes back to the client: client and redirect URI are right."""

    def __init__(self, error: OAuth2Error, target: "ErrorTarget") -> None:
        super().__init__(error.error)
        self.error = error
        self.target = target


@dataclass(frozen=True, slots=True)
class ErrorTarget:
    """Where an error may be sent: a registered redirect URI, with the request's state."""

    client_id: str
    redirect_uri: str = field(repr=False)
    state: str | None = field(repr=False)
    response_mode: str = "query"


def validate(server: Server, hints: HintReader, parameters: Mapping[str, str]) -> AuthorizationRequest:
    """The validated request. Raises PageError or RedirectableError."""
    client = _client(server, parameters)
    redirect_uri = _redirect_uri(client, parameters)
    target = ErrorTarget(client.client_id, redirect_uri, parameters.get("state"))
    try:
        for check in CHECKS:
            check(parameters)
        request = ProtocolRequest("GET", parameters, {})
        server.validate_authorization(request)
        return _build(client, redirect_uri, str(request.scope), hints, parameters)
    except (OAuth2Error, AssuranceNotMet) as error:
        raise RedirectableError(as_oauth(error), target) from None


def _client(server: Server, parameters: Mapping[str, str]) -> Client:
    party = server.query_client(parameters.get("client_id", ""))
    if party is None:
        raise PageError("unknown_client")
    return party.client


def _redirect_uri(client: Client, parameters: Mapping[str, str]) -> str:
    """Byte for byte one of the registered ones (RFC 9700 section 4.1.3); required (OpenID Connect Core 3.1.2.1)."""
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None:
        raise PageError("redirect_uri_missing", client)
    if redirect_uri not in client.redirect_uris:
        raise PageError("redirect_uri_mismatch", client)
    return redirect_uri


def _request_objects(parameters: Mapping[str, str]) -> None:
    """Never ignored, never trusted (RFC 9101 section 10.2); ``request_uri`` is never fetched (CVE-2020-10770)."""
    if "request" in parameters:
        raise RequestNotSupportedError(description="Request objects are not supported.")
    if "request_uri" in parameters:
        raise RequestUriNotSupportedError(description="request_uri is not supported.")


def _response_type(parameters: Mapping[str, str]) -> None:
    if "response_type" not in parameters:
        raise InvalidRequestError("response_type is missing.")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseTypeError(None)


def _response_mode(parameters: Mapping[str, str]) -> None:
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequestError("response_mode must be query.")


def _scope(parameters: Mapping[str, str]) -> None:
    scopes = parameters.get("scope", "").split()
    if len(scopes) > MAX_SCOPES:
        raise InvalidScopeError("Too many scopes.")
    if "openid" not in scopes:
        raise InvalidScopeError("The scope openid is required.")


def _prompt(parameters: Mapping[str, str]) -> None:
    prompts = parameters.get("prompt", "").split()
    if not set(prompts) <= PROMPTS:
        raise InvalidRequestError("prompt has an unknown value.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("prompt=none excludes every other value.")


def _max_age(parameters: Mapping[str, str]) -> None:
    text = parameters.get("max_age", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_AGE_DIGITS):
        raise InvalidRequestError("max_age must be a number of seconds.")


def _sizes(parameters: Mapping[str, str]) -> None:
    if len(parameters.get("nonce", "")) > MAX_NONCE:
        raise InvalidRequestError("nonce is too long.")
    if len(parameters.get("acr_values", "").split()) > MAX_ACR_VALUES:
        raise InvalidRequestError("Too many acr_values.")


CHECKS: tuple[Callable[[Mapping[str, str]], None], ...] = (
    check_plain,
    _request_objects,
    _response_type,
    _response_mode,
    _scope,
    _prompt,
    _max_age,
    _sizes,
)


def _build(
    client: Client, redirect_uri: str, scope: str, hints: HintReader, parameters: Mapping[str, str]
) -> AuthorizationRequest:
    """The domain's request from checked parameters.

    Of several ``acr_values`` the lowest level will do: any of them satisfies the client (Core 3.1.2.1), and no
    citizen is asked for more than that. Unknown values are ignored, as the parameter is voluntary.
    """
    levels = [level for text in parameters.get("acr_values", "").split() if (level := level_of_acr(text)) is not None]
    read = claims_parameter.read(parameters.get("claims"), client)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scopes=tuple(scope.split()),
        code_challenge=parameters["code_challenge"],
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        prompts=frozenset(parameters.get("prompt", "").split()),
        max_age=int(parameters["max_age"]) if "max_age" in parameters else None,
        wanted_level=min(levels or read.wanted_acr, default=Level.UNPROVED),
        essential_level=max(client.minimum_level, min(read.asked.acr, default=Level.UNPROVED)),
        ui_locales=tuple(parameters.get("ui_locales", "").split()[:5]),
        login_hint=parameters.get("login_hint"),
        expected_sub=_expected_sub(hints, parameters.get("id_token_hint"), read.sub),
        claims=read.asked,
        channels=client.channels_for(parameters.get("channel_hint", "")),
        channels_only=client.channel_policy is ChannelPolicy.REQUIRE,
    )


def _expected_sub(hints: HintReader, hint: str | None, asked: str | None) -> str | None:
    """Whom the client expects, by hint or by a claims request. Raises InvalidRequestError when they name two."""
    hinted = str(hints.read(hint)["sub"]) if hint else None
    if hinted is not None and asked is not None and hinted != asked:
        raise InvalidRequestError("id_token_hint and claims name two subjects.")
    return hinted if hinted is not None else asked
