"""clients.yaml -> :class:`~idp.domain.client.Client`; every fault reported at once, with path and line.

Keys are RFC 7591 metadata names, checked by a pydantic union discriminated by ``token_endpoint_auth_method``: a public
client *cannot* have a secret. The JSON Schema of the file is generated from the models (``docs/clients.schema.json``).
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from idp.domain.assurance import Level
from idp.domain.claims import Scope
from idp.domain.client import AuthMethod, ChannelPolicy, Client, ConsentPolicy, GrantType, PushEndpoint, SigningAlg
from idp.yaml_places import Place, lines_of, repeated_keys, text_of

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ClientsInvalid(Exception):
    """The file is refused. ``faults`` has one line each: ``clients[1].redirect_uris[0] (line 12): why``."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def _address(uri: str) -> str:
    """Absolute, https (http on loopback only), no wildcard, fragment, user-info or control character (RFC 9700)."""
    parts = urlsplit(uri)
    checks = (
        (not re.fullmatch(r"[\x21-\x7e]+", uri), "must be printable ASCII without spaces"),
        ("*" in uri, "wildcards are not allowed"),
        ("#" in uri, "must have no fragment"),
        ("@" in parts.netloc, "must have no user-info"),
        ("\\" in uri, "must have no backslash"),
        (not parts.hostname, "must be an absolute URL"),
        (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK), "must be https"),
    )
    for wrong, text in checks:
        if wrong:
            raise ValueError(text)
    return uri


Address = Annotated[str, AfterValidator(_address)]
ClientIdText = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$")]
ChannelText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
SecretDigest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class SecurityEventsDeclared(BaseModel):
    """How the client is told of changes to its citizens' accounts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    push_uri: Address = Field(description="takes security event tokens (RFC 8935)")
    bearer_token_ref: str | None = Field(
        None,
        pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$",
        max_length=64,
        description="name of the bearer token to send: it stands in IDP_PUSH_TOKENS__<NAME>, never here",
    )


class _Declared(BaseModel):
    """What every client declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: ClientIdText = Field(description="unique, also after case folding")
    client_name: str = Field(min_length=1, max_length=40, description="shown to citizens, Chinese")
    client_name_en: str = Field(min_length=1, max_length=60, description="shown to citizens, English")
    # Not min_length: a refused address would be reported a second time, as a missing one.
    redirect_uris: tuple[Address, ...] = Field(
        max_length=20, description="compared byte for byte", json_schema_extra={"minItems": 1}
    )
    post_logout_redirect_uris: tuple[Address, ...] = Field((), max_length=20)
    grant_types: tuple[GrantType, ...] = (GrantType.AUTHORIZATION_CODE,)
    scope: str = Field("openid", description="space separated scopes the client may ask for")
    sector_identifier: str | None = Field(None, description="host name; clients of one sector see the same sub")
    id_token_signed_response_alg: SigningAlg = SigningAlg.RS256
    backchannel_logout_uri: Address | None = None
    backchannel_logout_session_required: bool = True
    security_events: SecurityEventsDeclared | None = None
    minimum_level: Level = Field(Level.UNPROVED, description="real-name level without which nobody signs on here")
    consent: ConsentPolicy = ConsentPolicy.EXPLICIT
    verified_claims: bool = Field(False, description="may ask for verified_claims: what was proved, by what, when")
    channels: tuple[ChannelText, ...] = Field((), max_length=20, description="real-name channels, best first")
    channel_policy: ChannelPolicy = Field(
        ChannelPolicy.SUGGEST, description="suggest: these channels are offered first; require: no other is offered"
    )
    initiate_login_uri: Address | None = None
    client_uri: Address | None = None
    contacts: tuple[str, ...] = Field(min_length=1, description="who answers for this client")
    development_only: bool = Field(False, description="refused in production")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        scopes = self.scope.split()
        unknown = sorted(set(scopes) - set(Scope))
        hosts = {urlsplit(uri).hostname for uri in self.redirect_uris}
        checks = (
            (not self.redirect_uris, "redirect_uris: at least one is required"),
            (bool(unknown), f"scope: unknown {' '.join(unknown)}"),
            (Scope.OPENID not in scopes, "scope: openid is required"),
            (len(scopes) != len(set(scopes)), "scope: repeated"),
            (len(set(self.redirect_uris)) != len(self.redirect_uris), "redirect_uris: repeated"),
            (GrantType.AUTHORIZATION_CODE not in self.grant_types, "grant_types: authorization_code is required"),
            (
                Scope.OFFLINE_ACCESS in scopes and GrantType.REFRESH_TOKEN not in self.grant_types,
                "scope: offline_access needs the refresh_token grant",
            ),
            (len(set(self.channels)) != len(self.channels), "channels: repeated"),
            (
                self.channel_policy is ChannelPolicy.REQUIRE and not self.channels,
                "channel_policy: require needs channels",
            ),
            (len(hosts) > 1 and self.sector_identifier is None, "sector_identifier: required with several hosts"),
        )
        faults = [text for wrong, text in checks if wrong]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def secret_digests(self) -> tuple[bytes, ...]:
        """SHA-256 digests of the client's live secrets; a public client has none."""
        return ()

    def _push_endpoint(self) -> PushEndpoint | None:
        declared = self.security_events
        return PushEndpoint(declared.push_uri, declared.bearer_token_ref) if declared else None

    def client(self) -> Client:
        """The domain's client."""
        return Client(
            client_id=self.client_id,
            name=self.client_name,
            name_en=self.client_name_en,
            auth_method=AuthMethod(self.token_endpoint_auth_method),  # type: ignore[attr-defined]  # of the union
            redirect_uris=frozenset(self.redirect_uris),
            scopes=frozenset(self.scope.split()),
            sector=self.sector_identifier or str(urlsplit(self.redirect_uris[0]).hostname),
            secret_digests=self.secret_digests,
            post_logout_redirect_uris=frozenset(self.post_logout_redirect_uris),
            grant_types=frozenset(self.grant_types),
            id_token_alg=self.id_token_signed_response_alg,
            backchannel_logout_uri=self.backchannel_logout_uri,
            security_events=self._push_endpoint(),
            minimum_level=self.minimum_level,
            consent=self.consent,
            initiate_login_uri=self.initiate_login_uri,
            client_uri=self.client_uri,
            contacts=self.contacts,
            verified_claims=self.verified_claims,
            channels=self.channels,
            channel_policy=self.channel_policy,
        )


class _Confidential(_Declared):
    """A client with a secret, declared by digest only; two while rotating."""

    client_secret_digests: tuple[SecretDigest, ...] = Field(
        max_length=2,
        description="sha256:<hex> of secrets of at least 32 random bytes",
        json_schema_extra={"minItems": 1},
    )

    @property
    def secret_digests(self) -> tuple[bytes, ...]:
        """The declared digests."""
        return tuple(bytes.fromhex(text.removeprefix("sha256:")) for text in self.client_secret_digests)

    @model_validator(mode="after")
    def _real_secrets(self) -> Self:
        if not self.client_secret_digests:
            raise ValueError("client_secret_digests: at least one is required")
        trivial = {hashlib.sha256(text).digest() for text in (b"", b"secret", b"changeme", b"password", b"example")}
        if trivial & set(self.secret_digests):
            raise ValueError("client_secret_digests: an example secret")
        return self


class BasicClient(_Confidential):
    """Authenticates by HTTP Basic (RFC 6749 section 2.3.1)."""

    token_endpoint_auth_method: Literal["client_secret_basic"]


class PostClient(_Confidential):
    """Authenticates by form parameters (RFC 6749 section 2.3.1)."""

    token_endpoint_auth_method: Literal["client_secret_post"]


class PublicClient(_Declared):
    """A client that cannot keep a secret: PKCE alone (RFC 8252)."""

    token_endpoint_auth_method: Literal["none"]


class ClientsFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clients: tuple[
        Annotated[BasicClient | PostClient | PublicClient, Field(discriminator="token_endpoint_auth_method")], ...
    ] = Field(max_length=5000)


_FILE = TypeAdapter(ClientsFile)


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of clients.yaml, for editors and for the drift test."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_FILE.json_schema()}


def load(text: str, *, development: bool) -> tuple[Client, ...]:
    """Read a file's text. Raises :class:`ClientsInvalid` with every fault, each with its path and line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise ClientsInvalid([f"not YAML{where}: {getattr(error, 'problem', error)}"]) from None
    lines = lines_of(node)
    faults = [f"{text_of(path)} (line {line}): repeated key" for path, line in repeated_keys(node)]
    declared: Sequence[BasicClient | PostClient | PublicClient] = ()
    try:
        declared = _FILE.validate_python(document).clients
    except ValidationError as error:
        faults += [_fault(lines, tuple(e["loc"]), e["msg"]) for e in error.errors(include_input=False)]
    seen: dict[str, int] = {}
    for index, each in enumerate(declared):
        folded = unicodedata.normalize("NFKC", each.client_id).casefold()
        if folded in seen:
            faults.append(_fault(lines, ("clients", index, "client_id"), f"repeats clients[{seen[folded]}].client_id"))
        seen[folded] = index
        if each.development_only and not development:
            faults.append(_fault(lines, ("clients", index, "development_only"), "not allowed in production"))
    if faults:
        raise ClientsInvalid(faults)
    return tuple(each.client() for each in declared)


class ClientRegistry:
    """:class:`idp.domain.client.Clients` from a file. A bad reload keeps the old set and raises."""

    def __init__(self, path: Path, *, development: bool) -> None:
        self._path = path
        self._development = development
        self._stamp: tuple[int, int] = (0, 0)
        self._clients: dict[str, Client] = {}
        self.reload()

    def get(self, client_id: str) -> Client | None:
        """The client of exactly this id."""
        return self._clients.get(client_id)

    def all(self) -> Sequence[Client]:
        """Every client, in order of declaration."""
        return tuple(self._clients.values())

    def changed(self) -> bool:
        """Whether the file differs from what was read last, by time and size."""
        try:
            return self._file_stamp() != self._stamp
        except FileNotFoundError:
            return False  # being replaced, or taken away: the clients that were read stay

    def reload(self) -> int:
        """Read the file again; the new set is taken whole or not at all. How many clients. Raises ClientsInvalid."""
        self._stamp = self._file_stamp()
        clients = load(self._path.read_text(encoding="utf-8"), development=self._development)
        self._clients = {client.client_id: client for client in clients}
        return len(clients)

    def _file_stamp(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size


def _fault(lines: dict[Place, int], location: Place, message: str) -> str:
    """One fault with the deepest line the YAML has for it (the union's tag is no key of the file)."""
    path = tuple(part for part in location if part not in set(AuthMethod))
    known = path
    while known and known not in lines:
        known = known[:-1]
    return f"{text_of(path)} (line {lines.get(known, 1)}): {message.removeprefix('Value error, ')}"
