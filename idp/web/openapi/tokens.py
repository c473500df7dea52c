"""The back channel: tokens, and what is told of them and by them."""

from typing import Final

from idp.domain.client import GrantType
from idp.oidc.discovery import PATHS
from idp.web.openapi.authorization import DETAILS, RESOURCE, SCOPE
from idp.web.openapi.parts import ERROR, FAULTS, JSON, Operation, Reply, choice, in_json, ref, text
from idp.web.openapi.security import BY_CLIENT, BY_TOKEN, CLIENT_FIELDS, PROOF

JWT: Final = "application/jwt"
INTROSPECTION_JWT: Final = "application/token-introspection+jwt"
COMPACT: Final = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){2,4}$"}
GRANTS: Final = [grant.value for grant in GrantType]
NONCE: Final = {"DPoP-Nonce": "the nonce of the next proof, where proofs need one"}

HINT: Final = text("token_type_hint", "`access_token` or `refresh_token`; others are ignored")

CLAIMS: Final = {
    200: Reply(
        "The claims, as a JWT where the client is registered for one.", {JSON: ref("Claims"), JWT: COMPACT}, NONCE
    ),
    403: Reply(
        "`insufficient_scope`: the token was not given for this.",
        ERROR,
        {"WWW-Authenticate": "the scope that would do"},
    ),
    **FAULTS,
}

OPERATIONS: Final = (
    Operation(
        PATHS["token_endpoint"],
        "post",
        "token",
        "Exchange a grant for tokens (RFC 6749 section 3.2).",
        {200: Reply("Tokens.", {JSON: ref("Tokens")}, NONCE), **FAULTS},
        fields=(
            choice("grant_type", "which grant", GRANTS, required=True),
            *CLIENT_FIELDS,
            text("code", "authorization_code: the code"),
            text("redirect_uri", "authorization_code: that of the authorization request"),
            text("code_verifier", "authorization_code: PKCE", pattern="^[A-Za-z0-9._~-]{43,128}$"),
            text("refresh_token", "refresh_token: the newest one"),
            SCOPE,
            RESOURCE,
            DETAILS,
            text("device_code", "device_code: that of the device authorization answer"),
            text("auth_req_id", "ciba: that of the backchannel authentication answer"),
            text("subject_token", "token-exchange: whose token is exchanged"),
            text("subject_token_type", "token-exchange: what it is"),
            text("actor_token", "token-exchange: on whose behalf"),
            text("actor_token_type", "token-exchange: what it is"),
            text("requested_token_type", "token-exchange: what is wanted"),
            text("audience", "token-exchange: for which client"),
        ),
        headers=(PROOF,),
        security=BY_CLIENT,
    ),
    *(
        Operation(
            PATHS["userinfo_endpoint"],
            method,
            f"claims{method.title()}",
            "The claims that the citizen released to this client (OpenID Connect Core 5.3).",
            CLAIMS,
            fields=()
            if method == "get"
            else (text("access_token", "where no header holds it (RFC 6750 section 2.2)"),),
            headers=(PROOF,),
            security=BY_TOKEN,
        )
        for method in ("get", "post")
    ),
    Operation(
        PATHS["revocation_endpoint"],
        "post",
        "revoke",
        "Revoke a token of the client's own (RFC 7009).",
        {200: in_json("Done, or it was none of the client's.", "Nothing"), **FAULTS},
        fields=(text("token", "what is to end", required=True), HINT, *CLIENT_FIELDS),
        security=BY_CLIENT,
    ),
    Operation(
        PATHS["introspection_endpoint"],
        "post",
        "introspect",
        "What a resource server may know of an access token that is meant for it (RFC 7662).",
        {
            200: Reply(
                "What is known; as a JWT where that is accepted (RFC 9701).",
                {JSON: ref("Introspected"), INTROSPECTION_JWT: COMPACT},
            ),
            **FAULTS,
        },
        fields=(text("token", "what is asked about", required=True), HINT, *CLIENT_FIELDS),
        headers=(choice("Accept", "which form of the answer", [JSON, INTROSPECTION_JWT]),),
        security=BY_CLIENT,
    ),
)
