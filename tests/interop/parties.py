"""The relying parties of these tests: what clients.yaml says of each, and what its own side knows."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from joserfc.jwk import ECKey, RSAKey

NOWHERE = "https://{}.example"  # where nobody lives: the citizen stops at the door and hands on the address
REFRESHES = ["authorization_code", "refresh_token"]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CIBA = "urn:openid:params:grant-type:ciba"
RECORDS = "https://records.example/api"


@dataclass(frozen=True)
class Party:
    """One relying party. ``declared`` stands in clients.yaml; ``known`` is what its program is given."""

    declared: dict[str, Any]
    known: dict[str, Any] = field(repr=False)


def party(client_id: str, method: str, *, scope: str = "openid realname", key: str = "ES256", **facts: Any) -> Party:
    """A relying party with a secret or a key of its own. ``key`` is the algorithm of its key, where it has one."""
    redirect_uri = f"{NOWHERE.format(client_id)}/cb"
    declared = {
        "client_id": client_id,
        "client_name": "互通测试",
        "client_name_en": "Interoperation",
        "token_endpoint_auth_method": method,
        "scope": scope,
        "consent": "explicit",
        "contacts": ["interop@test.invalid"],
        "development_only": True,
    }
    known: dict[str, Any] = {"client_id": client_id, "method": method, "scope": scope}
    if "authorization_code" in facts.get("grant_types", ["authorization_code"]):
        declared["redirect_uris"] = [redirect_uri]
        known["redirect_uri"] = redirect_uri
    if method.startswith("client_secret"):
        known["secret"] = secrets.token_urlsafe(32)
        declared["client_secret_digests"] = [f"sha256:{hashlib.sha256(known['secret'].encode()).hexdigest()}"]
    if method == "private_key_jwt":
        made = {"ES256": lambda: ECKey.generate_key("P-256"), "PS256": lambda: RSAKey.generate_key(2048)}[key]()
        named = {"kid": f"{client_id}-1", "alg": key, "use": "sig"}
        known["key"] = made.as_dict(private=True) | named
        declared["jwks"] = {"keys": [made.as_dict(private=False) | named]}
    declared |= facts
    known["id_token_alg"] = declared.get("id_token_signed_response_alg", "RS256")
    return Party(declared, known)


def parties(logout_ports: Mapping[str, int]) -> dict[str, Party]:
    """Every relying party by its ``client_id``. ``logout_ports``: where those of that name take logout tokens."""
    everyone = [
        party("plain-secret", "client_secret_basic", scope="openid profile realname"),
        party("public-page", "none"),
        party("key-holder", "private_key_jwt", id_token_signed_response_alg="ES256", userinfo_signed_response_alg="ES256"),
        party("pushing", "client_secret_post", require_pushed_authorization_requests=True),
        party("signing", "private_key_jwt", request_object_signing_alg="ES256", require_signed_request_object=True),
        party("bound", "client_secret_basic", grant_types=REFRESHES, dpop_bound_access_tokens=True),
        party("rotating", "client_secret_basic", grant_types=REFRESHES),
        party(
            "strict", "private_key_jwt", id_token_signed_response_alg="ES256", userinfo_signed_response_alg="ES256",
            request_object_signing_alg="ES256", grant_types=REFRESHES,
        ),
        party("asking", "client_secret_basic", resources=[RECORDS]),
        party(
            "records", "client_secret_basic", scope="", grant_types=["client_credentials"],
            resource_server={"identifiers": [RECORDS]},
        ),
        party("terminal", "none", grant_types=[DEVICE]),
        party("hotline", "private_key_jwt", grant_types=[CIBA]),
        party(
            "fapi", "private_key_jwt", profile="fapi2", grant_types=REFRESHES, dpop_bound_access_tokens=True,
            id_token_signed_response_alg="ES256",
        ),
        *(_told(name, port) for name, port in logout_ports.items()),
    ]  # fmt: skip
    return {one.declared["client_id"]: one for one in everyone}


def _told(name: str, port: int) -> Party:
    bye = f"{NOWHERE.format(name)}/bye"
    made = party(
        name, "client_secret_basic", backchannel_logout_uri=f"http://127.0.0.1:{port}/told",
        post_logout_redirect_uris=[bye],
    )  # fmt: skip
    return Party(made.declared, made.known | {"logout_port": port, "post_logout_redirect_uri": bye})


def clients_yaml(declared: list[dict[str, Any]]) -> str:
    """The file that the provider reads."""
    return yaml.safe_dump({"clients": declared}, allow_unicode=True, sort_keys=False)
