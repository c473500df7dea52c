"""The authorization request: client and redirect URI first, then everything else.

Order matters: until client and redirect URI are proved right, an error is a page and nothing is redirected anywhere
(CVE-2026-41479, CVE-2026-44681: Authlib redirected errors of an unvalidated request twice).

A request comes in one of three ways: plain, as a signed request object (RFC 9101), or pushed (RFC 9126). Of the last
two only what was signed or pushed counts; of what stands beside it ``client_id`` alone is read (RFC 9101 section 5, RFC
9126 section 4), and a registered ``redirect_uri`` as the place to send an error of the object itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error

from idp.domain.assurance import Level, level_of_acr
from idp.domain.authorization import AuthorizationRequest
from idp.domain.client import ChannelPolicy, Client
from idp.domain.errors import AssuranceNotMet
from idp.oidc import claims_parameter, matters, pushed_requests, resources
from idp.oidc.authorization_checks import CHECKS, DISPLAYS, RESPONSE_MODES
from idp.oidc.client_encryption import ClientEncryption
from idp.oidc.errors import RequestUriNotSupportedError, as_oauth
from idp.oidc.jws import HintReader
from idp.oidc.messages import ProtocolRequest
from idp.oidc.parameters import AUTHORIZATION
from idp.oidc.pushed_requests import PushedRequests
from idp.oidc.request_objects import RequestObjects
from idp.oidc.server import Server

MAX_LOCALES = 5


class PageError(Exception):
    """A request that must not be redirected: unknown client, or a redirect URI that is not registered.

    ``description``: what a developer of the client has to change, constant ASCII.
    """

    def __init__(self, code: str, description: str, client: Client | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
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


class AuthorizationRequests:
    """Reads them: every way in, one validation."""

    def __init__(
        self,
        server: Server,
        hints: HintReader,
        objects: RequestObjects,
        pushed: PushedRequests,
        encryption: ClientEncryption,
    ) -> None:
        self._server = server
        self._hints = hints
        self._objects = objects
        self._pushed = pushed
        self._encryption = encryption

    def read(self, parameters: Mapping[str, str], *, take: bool = False) -> AuthorizationRequest:
        """The validated request of a browser. Raises PageError or RedirectableError.

        ``take``: a pushed one is taken at once, for a code may be given without a page: :meth:`put_back` if it was not.
        """
        client = self._client(parameters)
        try:
            counting, name = self._counting(parameters, client, take=take)
        except OAuth2Error as error:
            raise self._refused(error, parameters, client) from None
        try:
            return replace(self.validate(client, counting), pushed=name)
        except Exception:
            if take and name:
                self._pushed.put_back(
                    name
                )  # what is wrong now (a registration that changes) may be right when reloaded
            raise

    def put_back(self, request: AuthorizationRequest) -> None:
        """No code was given for a request that was taken."""
        if request.pushed:
            self._pushed.put_back(request.pushed)

    def push(self, client: Client, parameters: Mapping[str, str], *, proof_jkt: str | None) -> str:
        """Check a request from the back channel as :meth:`read` would, and keep it: its ``request_uri``.

        ``proof_jkt``: the key of the DPoP proof that came along; the code is bound to it (RFC 9449 section 10.1).
        Raises OAuth2Error: nothing is ever redirected here (RFC 9126 section 2.3).
        """
        if parameters.get("client_id", client.client_id) != client.client_id:
            raise InvalidRequestError("client_id differs from the authenticated client.")
        if "request_uri" in parameters:
            raise InvalidRequestError("request_uri cannot be pushed.")  # RFC 9126 section 2.1
        counting = self._signed_or_plain(parameters, client)
        if proof_jkt is not None:
            if counting.get("dpop_jkt", proof_jkt) != proof_jkt:
                raise InvalidRequestError("dpop_jkt differs from the key of the DPoP proof.")
            counting = {**counting, "dpop_jkt": proof_jkt}
        try:
            self.validate(client, counting)
        except PageError as error:
            raise InvalidRequestError(error.description) from None
        except RedirectableError as error:
            raise error.error from None
        return self._pushed.keep(client, {name: counting[name] for name in AUTHORIZATION & counting.keys()})

    def validate(self, client: Client, parameters: Mapping[str, str]) -> AuthorizationRequest:
        """The request of parameters that count. Raises PageError or RedirectableError."""
        redirect_uri = _redirect_uri(client, parameters)
        try:
            for check in CHECKS:
                check(parameters)
            counting = {**parameters, "client_id": client.client_id, "scope": _scope(client, parameters)}
            request = ProtocolRequest("GET", counting, {})
            self._server.validate_authorization(request)
            self._encryption.check(client)
            return _build(client, redirect_uri, str(request.scope), self._hints, parameters)
        except (OAuth2Error, AssuranceNotMet) as error:
            raise RedirectableError(as_oauth(error), _target(client, redirect_uri, parameters)) from None

    def _client(self, parameters: Mapping[str, str]) -> Client:
        if "client_id" not in parameters:
            raise PageError("unknown_client", "client_id is missing.")
        party = self._server.query_client(parameters["client_id"])
        if party is None:
            raise PageError("unknown_client", "No client is registered under this client_id.")
        return party.client

    def _counting(self, parameters: Mapping[str, str], client: Client, *, take: bool) -> tuple[Mapping[str, str], str]:
        """The parameters that count, and the name of the pushed request they are of (or ''). Raises OAuth2Error."""
        uri = parameters.get("request_uri")
        if uri is not None and "request" in parameters:
            raise InvalidRequestError("request and request_uri exclude one another.")
        if uri is not None:
            if not pushed_requests.is_ours(uri):  # never fetched (CVE-2020-10770)
                raise RequestUriNotSupportedError(description="request_uri must be one of the PAR endpoint.")
            pushed = self._pushed.open(uri, client, take=take)
            return pushed.parameters, pushed.name
        if client.require_par or client.rules.require_par:
            raise InvalidRequestError(
                "This client must push its requests (RFC 9126): profile, or require_pushed_authorization_requests."
            )
        return self._signed_or_plain(parameters, client), ""

    def _signed_or_plain(self, parameters: Mapping[str, str], client: Client) -> Mapping[str, str]:
        if "request" in parameters:
            return self._objects.parameters(parameters["request"], client)
        if client.require_signed_request:
            raise InvalidRequestError("This client must sign its requests (RFC 9101): require_signed_request_object.")
        return parameters

    def _refused(self, error: OAuth2Error, beside: Mapping[str, str], client: Client) -> Exception:
        """An error of the request object or of the pushed request: nothing in it may be believed."""
        try:
            return RedirectableError(error, _target(client, _redirect_uri(client, beside), beside))
        except PageError:
            return PageError(error.error or "invalid_request", error.description or "", client)


def _scope(client: Client, parameters: Mapping[str, str]) -> str:
    """What is not understood, or not registered, is left out (Core 3.1.2.1); the answer names what was granted."""
    return " ".join(each for each in parameters["scope"].split() if each in client.scopes)


def _redirect_uri(client: Client, parameters: Mapping[str, str]) -> str:
    """Byte for byte one of the registered ones (RFC 9700 section 4.1.3); required (OpenID Connect Core 3.1.2.1)."""
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None:
        raise PageError("redirect_uri_missing", "redirect_uri is missing.", client)
    if redirect_uri not in client.redirect_uris:
        raise PageError("redirect_uri_mismatch", "redirect_uri is not among the redirect_uris registered.", client)
    return redirect_uri


def _target(client: Client, redirect_uri: str, parameters: Mapping[str, str]) -> ErrorTarget:
    """Errors go the way that was asked for, where it is one of ours."""
    mode = parameters.get("response_mode")
    return ErrorTarget(
        client.client_id, redirect_uri, parameters.get("state"), mode if mode in RESPONSE_MODES else RESPONSE_MODES[0]
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
    display = parameters.get("display", "")
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scopes=tuple(scope.split()),
        code_challenge=parameters["code_challenge"],
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        prompts=frozenset(parameters.get("prompt", "").split()),
        max_age=int(parameters["max_age"]) if "max_age" in parameters else client.default_max_age,
        wanted_level=min(levels or read.wanted_acr, default=Level.UNPROVED),
        essential_level=max(client.minimum_level, read.asked.lowest_level),
        ui_locales=_locales(parameters, "ui_locales"),
        response_mode=parameters.get("response_mode", RESPONSE_MODES[0]),
        login_hint=parameters.get("login_hint"),
        expected_sub=_expected_sub(hints, parameters.get("id_token_hint"), read.sub),
        claims=read.asked,
        channels=client.channels_for(parameters.get("channel_hint", "")),
        channels_only=client.channel_policy is ChannelPolicy.REQUIRE,
        claims_locales=_locales(parameters, "claims_locales"),
        display=display if display in DISPLAYS else DISPLAYS[0],
        resources=resources.read(parameters.get("resource"), client),
        details=matters.read(parameters.get("authorization_details"), client),
        dpop_jkt=parameters.get("dpop_jkt"),
    )


def _locales(parameters: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(parameters.get(name, "").split()[:MAX_LOCALES])


def _expected_sub(hints: HintReader, hint: str | None, asked: str | None) -> str | None:
    """Whom the client expects, by hint or by a claims request. Raises InvalidRequestError when they name two."""
    hinted = str(hints.read(hint)["sub"]) if hint else None
    if hinted is not None and asked is not None and hinted != asked:
        raise InvalidRequestError("id_token_hint and claims name two subjects.")
    return hinted if hinted is not None else asked
