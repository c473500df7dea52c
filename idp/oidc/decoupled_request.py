"""What the device authorization and the backchannel endpoint check alike, as a list of small checks, and what both
make: an authorization request that nothing is redirected for.
"""

import hashlib
from collections.abc import Callable, Mapping
from unicodedata import numeric

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, UnauthorizedClientError

from idp.domain.assurance import Level, level_of_acr
from idp.domain.authorization import AuthorizationRequest
from idp.domain.client import ChannelPolicy, Client, GrantType
from idp.domain.decoupled import MATCH_DIGITS
from idp.domain.ports import Randomness
from idp.oidc import claims_parameter, matters, resources
from idp.oidc.parameters import check_plain

MAX_SCOPES = 20
MAX_ACR_VALUES = 10
MAX_LABEL = 80
MATCH_DRAWS = 200
TEN = "十"


def waiting_id(secret: str) -> str:
    """By what a request is kept: the digest of its device_code or auth_req_id (256 random bits: no salt, no key)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def may_use(client: Client, grant: GrantType) -> None:
    """Raises UnauthorizedClientError."""
    if grant not in client.grant_types:
        raise UnauthorizedClientError("The client is not registered for this grant type.")


def one_line(text: str) -> bool:
    """Whether a text is fit to be shown as it is: short, one line, nothing invisible in it."""
    return 0 < len(text) <= MAX_LABEL and text.isprintable() and bool(text.strip())


def match_number(randomness: Randomness, shown: str) -> str:
    """A match number that ``shown``, which the client chose and the approval page shows, does not tell.

    Who lures a citizen to a request of his own has no number to tell them: he would begin again and again until the
    number is the one in his text, and our own page would say it. 47 is also ４７, 4-7, 四七 and 四十七.
    A text that tells all hundred numbers tells none: then the last draw stands.
    """
    told = "".join(_as_digits(numeric(each, -1)) for each in shown)
    number = ""
    for _ in range(MATCH_DRAWS):
        number = randomness.digits(MATCH_DIGITS)
        tens, ones = (each.strip("0") for each in number)
        spoken = f"{tens.strip('1')}{TEN}{ones}"
        if number not in told and not (tens and spoken in told):
            break
    return number


def _as_digits(value: float) -> str:
    """The digits of a character that is a number, as ④ and 肆 are; ten stays one character; else nothing."""
    return TEN if value == 10 else f"{value:.0f}" if 0 <= value < 100 else ""


def _scope(parameters: Mapping[str, str]) -> None:
    scopes = parameters.get("scope", "").split()
    if len(scopes) > MAX_SCOPES:
        raise InvalidScopeError("Too many scopes.")
    if "openid" not in scopes:
        raise InvalidScopeError("The scope openid is required.")


def _acr_values(parameters: Mapping[str, str]) -> None:
    if len(parameters.get("acr_values", "").split()) > MAX_ACR_VALUES:
        raise InvalidRequestError("Too many acr_values.")


CHECKS: tuple[Callable[[Mapping[str, str]], None], ...] = (check_plain, _scope, _acr_values)


def build(client: Client, parameters: Mapping[str, str]) -> AuthorizationRequest:
    """The domain's request. Raises OAuth2Error or AssuranceNotMet.

    Scopes that the client is not registered for are left out, and of several ``acr_values`` the lowest will do, both as
    at the authorization endpoint.
    """
    for check in CHECKS:
        check(parameters)
    levels = [level for text in parameters.get("acr_values", "").split() if (level := level_of_acr(text)) is not None]
    read = claims_parameter.read(parameters.get("claims"), client)
    asked = dict.fromkeys(parameters["scope"].split())
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri="",
        scopes=tuple(scope for scope in asked if scope in client.scopes),
        code_challenge="",
        wanted_level=min(levels or read.wanted_acr, default=Level.UNPROVED),
        essential_level=max(client.minimum_level, read.asked.lowest_level),
        ui_locales=tuple(parameters.get("ui_locales", "").split()[:5]),
        expected_sub=read.sub,
        claims=read.asked,
        channels=client.channels_for(parameters.get("channel_hint", "")),
        channels_only=client.channel_policy is ChannelPolicy.REQUIRE,
        resources=resources.read(parameters.get("resource"), client),
        details=matters.read(parameters.get("authorization_details"), client),
    )
