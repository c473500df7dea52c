"""The front channel and what leads to it: authorization requests, pushed, by device, by back channel; sign-out."""

from typing import Final

from idp.domain.client import GrantType
from idp.oidc.discovery import PATHS
from idp.web.openapi.parts import FAULTS, LATER, PAGE, TOO_LARGE, Field, Operation, Reply, choice, in_json, text
from idp.web.openapi.security import BY_CLIENT, CLIENT_FIELDS, PROOF

URN: Final = "urn:ietf:params:oauth:request_uri:"

SCOPE: Final = text("scope", "space separated; `openid` for an ID token", maxLength=1000)
DETAILS: Final = text("authorization_details", "JSON: what is to be authorized, of type `matter` (RFC 9396)")
RESOURCE: Final = text("resource", "the protected resource that the token is for (RFC 8707)")
TERMINAL: Final = text("terminal", "what the page calls the device: one line", maxLength=80)
ACR: Final = text("acr_values", "real-name levels that would do")
# What an authorization request may say (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1, RFC 7636 4.3), pushed or not.
REQUEST: Final = (
    choice("response_type", "`code` and nothing else", ["code"]),
    text("redirect_uri", "byte for byte one of those registered"),
    SCOPE,
    text("state", "comes back unchanged"),
    text("nonce", "stands in the ID token", maxLength=1024),
    text("code_challenge", "PKCE: SHA-256 of the verifier, base64url", pattern="^[A-Za-z0-9_-]{43}$"),
    choice("code_challenge_method", "`S256` and nothing else", ["S256"]),
    choice("response_mode", "how the answer comes", ["query", "form_post"]),
    text("prompt", "`none`, or any of `login`, `consent`, `select_account`"),
    text("max_age", "at most so many seconds since the sign-in", pattern="^[0-9]{1,9}$"),
    choice("display", "ignored where the page suits every screen", ["page", "popup", "touch", "wap"]),
    text("ui_locales", "languages of the pages, best first"),
    text("claims_locales", "languages of claims, best first"),
    ACR,
    text("claims", "JSON (OpenID Connect Core 5.5, Identity Assurance 1.0)"),
    text("id_token_hint", "who is expected: an ID token of ours"),
    text("login_hint", "a sign-in name to begin with"),
    text("channel_hint", "names of channels, best first"),
    text("dpop_jkt", "the thumbprint of the key that the code is bound to (RFC 9449 section 10)"),
    RESOURCE,
    DETAILS,
    text("request", "the request as a signed JWT (RFC 9101)"),
)
ANSWERED: Final = {
    200: Reply("A page: the next step, or the answer for `response_mode=form_post`.", PAGE),
    303: Reply(
        "To the next page, or to the client with `code` or `error`, `state` and `iss`.", PAGE, {"Location": "where"}
    ),
    400: Reply("A page: client or redirect_uri are wrong, so nothing is sent anywhere.", PAGE),
    413: TOO_LARGE,
    503: Reply("A page: not now.", PAGE),
}
CLIENT_ID: Final = text("client_id", "the client", required=True)
PUSHED_URI: Final = text("request_uri", "of a pushed request (RFC 9126)", pattern=f"^{URN}")
SIGN_OUT: Final = (
    text("id_token_hint", "who signs out: an ID token of ours"),
    text("client_id", "the client, where there is no hint"),
    text("post_logout_redirect_uri", "byte for byte one of those registered"),
    text("state", "comes back unchanged"),
    text("ui_locales", "languages of the page, best first"),
    text("logout_hint", "ignored"),
)
SIGNED_OUT: Final = {
    200: Reply("A page: the question whether to sign out, or that it was done.", PAGE),
    303: Reply("To the client, or to the page that says so.", PAGE, {"Location": "where"}),
    400: Reply("A page: what was sent fits nothing registered; nothing is sent anywhere.", PAGE),
    413: Reply("The body is longer than any message of this endpoint.", PAGE),
    503: Reply("A page: not now.", PAGE),
}


def both(path: str, name: str, about: str, fields: tuple[Field, ...], replies: dict[int, Reply]) -> list[Operation]:
    """GET and POST alike (OpenID Connect Core 3.1.2.1)."""
    return [
        Operation(path, method, f"{name}{method.title()}", about, replies, fields=fields) for method in ("get", "post")
    ]


OPERATIONS: Final = (
    *both(
        PATHS["authorization_endpoint"],
        "authorize",
        "Ask a citizen to sign in (RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2).",
        (CLIENT_ID, PUSHED_URI, *REQUEST),
        ANSWERED,
    ),
    *both(
        PATHS["end_session_endpoint"],
        "signOut",
        "Sign the citizen out (OpenID Connect RP-Initiated Logout 1.0).",
        SIGN_OUT,
        SIGNED_OUT,
    ),
    Operation(
        PATHS["check_session_iframe"],
        "get",
        "checkSession",
        "The frame that tells whether the session changed (OpenID Connect Session Management 1.0 section 3.2).",
        {200: Reply("A page with a script.", PAGE)},
    ),
    Operation(
        PATHS["pushed_authorization_request_endpoint"],
        "post",
        "push",
        "Push an authorization request (RFC 9126).",
        {201: in_json("What `request_uri` the browser brings.", "Pushed"), **FAULTS},
        fields=(*CLIENT_FIELDS, *REQUEST),
        headers=(PROOF,),
        security=BY_CLIENT,
    ),
    Operation(
        PATHS["device_authorization_endpoint"],
        "post",
        "authorizeDevice",
        "Begin on a device without a browser (RFC 8628 section 3.1).",
        {200: in_json("What to show to the citizen, and what to poll with.", "DeviceCodes"), **FAULTS},
        fields=(*CLIENT_FIELDS, SCOPE, ACR, RESOURCE, DETAILS, TERMINAL),
        security=BY_CLIENT,
    ),
    Operation(
        PATHS["backchannel_authentication_endpoint"],
        "post",
        "askBackchannel",
        "Ask a citizen on their own device (OpenID Connect CIBA section 7).",
        {
            200: in_json("What to poll with.", "Backchannel"),
            403: Reply("`access_denied`: the citizen cannot be asked.", FAULTS[400].schemas),
            **FAULTS,
        },
        fields=(
            *CLIENT_FIELDS,
            SCOPE,
            text("login_hint", "who is asked"),
            text("id_token_hint", "who is asked: an ID token of ours"),
            text("login_hint_token", "not supported"),
            text("binding_message", "one line that both devices show", maxLength=80),
            text("requested_expiry", "seconds", pattern="^[1-9][0-9]*$"),
            text("client_notification_token", "what the ping brings along", maxLength=1024),
            ACR,
            text("request", "the request as a signed JWT"),
            RESOURCE,
            DETAILS,
        ),
        security=BY_CLIENT,
    ),
)
GRANT_TYPES: Final = [grant.value for grant in GrantType]
__all__ = ["DETAILS", "GRANT_TYPES", "LATER", "OPERATIONS", "RESOURCE", "SCOPE"]
