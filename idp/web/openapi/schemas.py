"""The documents that endpoints give: JSON Schema 2020-12, as OpenAPI 3.1 has it.

Objects are open where a specification lets others add members (discovery, claims), closed where ours is all there is.
"""

from collections.abc import Mapping
from typing import Any, Final

TEXT: Final = {"type": "string", "minLength": 1}
URI: Final = {"type": "string", "format": "uri"}
SECONDS: Final = {"type": "integer", "minimum": 0}
MOMENT: Final = {"type": "integer", "minimum": 0, "description": "seconds since 1970 (RFC 7519 section 2, NumericDate)"}
TEXTS: Final = {"type": "array", "items": TEXT}
# RFC 6749 section 5.2: the characters that an error may hold.
ERROR_TEXT: Final = {"type": "string", "pattern": r"^[\x20-\x21\x23-\x5B\x5D-\x7E]+$"}
DETAILS: Final = {"type": "array", "items": {"type": "object", "required": ["type"], "properties": {"type": TEXT}}}


def closed(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """An object of exactly these members."""
    return {**opened(required, **optional), "additionalProperties": False}


def opened(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """An object that may hold others besides."""
    made: dict[str, Any] = {"type": "object", "properties": {**required, **optional}}
    return {**made, "required": list(required)} if required else made


SCHEMAS: Final[Mapping[str, Any]] = {
    "Error": {
        **closed({"error": ERROR_TEXT}, error_description=ERROR_TEXT),
        "description": "RFC 6749 section 5.2. Every description is explained in docs/errors.md.",
    },
    "Metadata": {
        **opened({"issuer": URI, "authorization_endpoint": URI, "token_endpoint": URI, "jwks_uri": URI}),
        "description": "OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2.",
    },
    "KeySet": {
        **closed({"keys": {"type": "array", "items": {"$ref": "#/components/schemas/PublicKey"}, "minItems": 1}}),
        "description": "RFC 7517 section 5.",
    },
    "PublicKey": closed(
        {
            "kty": {"enum": ["RSA", "EC", "OKP"]},
            "kid": TEXT,
            "use": {"const": "sig"},
            "alg": {"enum": ["RS256", "PS256", "ES256", "EdDSA"]},
        },
        n=TEXT,
        e=TEXT,
        crv={"enum": ["P-256", "Ed25519"]},
        x=TEXT,
        y=TEXT,
    ),
    "Tokens": {
        **closed(
            {"access_token": TEXT, "token_type": {"enum": ["Bearer", "DPoP", "N_A"]}, "expires_in": SECONDS},
            scope={"type": "string"},
            refresh_token=TEXT,
            id_token=TEXT,
            issued_token_type=TEXT,
            authorization_details=DETAILS,
        ),
        "description": "RFC 6749 section 5.1, OpenID Connect Core 3.1.3.3, RFC 8693 section 2.2.1, RFC 9396 section 7.",
    },
    "Claims": {**opened({"sub": TEXT}), "description": "OpenID Connect Core 5.3.2."},
    "Nothing": closed({}),
    "Pushed": {
        **closed(
            {"request_uri": {"type": "string", "pattern": "^urn:ietf:params:oauth:request_uri:"}, "expires_in": SECONDS}
        ),
        "description": "RFC 9126 section 2.2.",
    },
    "Introspected": {
        **opened(
            {"active": {"type": "boolean"}},
            scope={"type": "string"},
            client_id=TEXT,
            token_type={"enum": ["Bearer", "DPoP"]},
            exp=MOMENT,
            iat=MOMENT,
            sub=TEXT,
            iss=URI,
            acr=TEXT,
            auth_time=MOMENT,
            cnf={"type": "object"},
            authorization_details=DETAILS,
        ),
        "description": "RFC 7662 section 2.2. Of a token that is dead, or not meant for who asks: `active` alone.",
    },
    "DeviceCodes": {
        **closed(
            {
                "device_code": TEXT,
                "user_code": TEXT,
                "verification_uri": URI,
                "expires_in": SECONDS,
            },
            verification_uri_complete=URI,
            interval=SECONDS,
            match_number=TEXT,
        ),
        "description": "RFC 8628 section 3.2.",
    },
    "Backchannel": {
        **closed({"auth_req_id": TEXT, "expires_in": SECONDS}, interval=SECONDS, match_number=TEXT),
        "description": "OpenID Connect CIBA section 7.3.",
    },
    "ClientMetadata": {
        **opened(
            {"redirect_uris": {"type": "array", "items": URI, "maxItems": 20}},
            client_name=TEXT,
            token_endpoint_auth_method=TEXT,
            grant_types=TEXTS,
            response_types=TEXTS,
            scope={"type": "string"},
            jwks={"type": "object"},
            jwks_uri=URI,
            contacts=TEXTS,
            client_uri=URI,
            logo_uri=URI,
            policy_uri=URI,
            tos_uri=URI,
            sector_identifier_uri=URI,
            id_token_signed_response_alg=TEXT,
            initiate_login_uri=URI,
        ),
        "description": "RFC 7591 section 2; every member in docs/registering-a-client.md.",
    },
    "Client": {
        **opened(
            {
                "client_id": TEXT,
                "client_id_issued_at": MOMENT,
                "registration_access_token": TEXT,
                "registration_client_uri": URI,
            },
            client_secret=TEXT,
            client_secret_expires_at=MOMENT,
        ),
        "description": "RFC 7591 section 3.2.1, RFC 7592 section 3.",
    },
    "Transmitter": opened({"issuer": URI, "jwks_uri": URI, "delivery_methods_supported": TEXTS}),
    "StreamWish": opened(
        {},
        stream_id=TEXT,
        delivery={
            "type": "object",
            "properties": {
                "method": {"enum": ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"]},
                "endpoint_url": URI,
                "authorization_header": TEXT,
            },
        },
        events_requested=TEXTS,
        description={"type": "string", "maxLength": 400},
    ),
    "Stream": opened(
        {"stream_id": TEXT, "iss": URI, "aud": TEXT, "delivery": {"type": "object"}, "events_delivered": TEXTS}
    ),
    "Streams": {
        "anyOf": [
            {"$ref": "#/components/schemas/Stream"},
            {"type": "array", "items": {"$ref": "#/components/schemas/Stream"}},
        ]
    },
    "StreamStatus": opened(
        {"stream_id": TEXT, "status": {"enum": ["enabled", "paused", "disabled"]}}, reason={"type": "string"}
    ),
    "Verification": opened({"stream_id": TEXT}, state={"type": "string", "maxLength": 400}),
    "Poll": opened(
        {},
        maxEvents={"type": "integer", "minimum": 0},
        returnImmediately={"type": "boolean"},
        ack=TEXTS,
        setErrs={"type": "object"},
    ),
    "Events": closed({"sets": {"type": "object", "additionalProperties": TEXT}, "moreAvailable": {"type": "boolean"}}),
    "Health": closed({"status": {"enum": ["ok", "unavailable"]}}),
    "Api": {**opened({"openapi": TEXT, "info": {"type": "object"}, "paths": {"type": "object"}})},
}
