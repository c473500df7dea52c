"""What every client declares, whatever its way to authenticate."""

from collections.abc import Mapping
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from idp.domain.assurance import Level
from idp.domain.client import (
    AuthMethod,
    ChannelPolicy,
    Ciba,
    Client,
    ClientKeys,
    ConsentPolicy,
    ContentEnc,
    Encryption,
    GrantType,
    KeyAlg,
    Profile,
    PushEndpoint,
    SigningAlg,
    TlsIdentity,
    TokenFormat,
)
from idp.registration import rules
from idp.registration.parts import CibaDeclared, ResourceServerDeclared, SecurityEventsDeclared
from idp.registration.words import Address, AsymmetricAlg, ChannelText, ClientIdText, Jwks, Model, Origin


class Declared(Model):
    """What every client declares."""

    client_id: ClientIdText = Field(description="unique, also after case folding")
    client_name: str = Field(min_length=1, max_length=40, description="shown to citizens, Chinese")
    client_name_en: str = Field(min_length=1, max_length=60, description="shown to citizens, English")
    profile: Profile = Field(Profile.GOVERNMENT, description="government, or fapi2: FAPI 2.0 Security Profile")
    application_type: Literal["web", "native"] = Field("web", description="native: an app on the citizen's device")
    # Not min_length: a refused address would be reported a second time, as a missing one.
    redirect_uris: tuple[Address, ...] = Field((), max_length=20, description="compared byte for byte")
    post_logout_redirect_uris: tuple[Address, ...] = Field((), max_length=20)
    grant_types: tuple[GrantType, ...] = (GrantType.AUTHORIZATION_CODE,)
    scope: str = Field("openid", description="space separated scopes the client may ask for")
    sector_identifier: str | None = Field(None, description="host name; clients of one sector see the same sub")
    sector_identifier_uri: Address | None = Field(None, description="its host is the sector (OpenID Connect Core 8.1)")
    id_token_signed_response_alg: SigningAlg = SigningAlg.RS256
    id_token_encrypted_response_alg: KeyAlg | None = None
    id_token_encrypted_response_enc: ContentEnc = ContentEnc.A128CBC_HS256
    userinfo_signed_response_alg: SigningAlg | None = None
    userinfo_encrypted_response_alg: KeyAlg | None = None
    userinfo_encrypted_response_enc: ContentEnc = ContentEnc.A128CBC_HS256
    request_object_signing_alg: AsymmetricAlg | None = Field(None, description="of request objects (RFC 9101)")
    require_signed_request_object: bool = False
    require_pushed_authorization_requests: bool = Field(False, description="RFC 9126 section 6")
    dpop_bound_access_tokens: bool = Field(False, description="RFC 9449 section 5.2")
    tls_client_certificate_bound_access_tokens: bool = Field(False, description="RFC 8705 section 3.4")
    access_token_format: TokenFormat = Field(TokenFormat.OPAQUE, description="of tokens for no resource in particular")
    resources: tuple[Address, ...] = Field((), max_length=50, description="protected resources it may ask tokens for")
    resource_server: ResourceServerDeclared | None = None
    authorization_details_types: tuple[str, ...] = Field((), max_length=5, description="RFC 9396; only matter exists")
    default_max_age: int | None = Field(
        None, ge=0, le=31_536_000, description="seconds (OpenID Connect Registration 2)"
    )
    jwks: Jwks | None = Field(None, description="the client's public keys, by value")
    jwks_uri: Address | None = Field(None, description="where the client publishes its public keys")
    backchannel_logout_uri: Address | None = None
    backchannel_logout_session_required: bool = True
    frontchannel_logout_uri: Address | None = None
    frontchannel_logout_session_required: bool = False
    ciba: CibaDeclared | None = None
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
    logo_uri: Address | None = Field(None, description="shown to citizens, fetched by their browsers")
    policy_uri: Address | None = Field(None, description="the client's privacy policy, linked on the pages")
    tos_uri: Address | None = Field(None, description="the client's terms, linked on the pages")
    allowed_origins: tuple[Origin, ...] = Field((), max_length=20, description="web origins that may call us (CORS)")
    contacts: tuple[str, ...] = Field(min_length=1, description="who answers for this client")
    development_only: bool = Field(False, description="refused in production")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults = rules.faults(self)
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def auth_method(self) -> AuthMethod:
        """The registered method."""
        return AuthMethod(self.token_endpoint_auth_method)  # type: ignore[attr-defined]  # of the union

    @property
    def keys(self) -> ClientKeys:
        """Its public keys."""
        return ClientKeys(self.jwks, self.jwks_uri)

    def secrets(self, by_reference: Mapping[str, str]) -> Mapping[str, Any]:
        """The secret members of the domain's client; a client without a secret has none."""
        del by_reference
        return {}

    def client(self, by_reference: Mapping[str, str] | None = None) -> Client:
        """The domain's client. ``by_reference``: secrets in use by name. Raises KeyError for a name without one."""
        events, server = self.security_events, self.resource_server
        return Client(
            client_id=self.client_id,
            name=self.client_name,
            name_en=self.client_name_en,
            auth_method=self.auth_method,
            auth_alg=getattr(self, "token_endpoint_auth_signing_alg", None),
            keys=self.keys,
            tls=self._tls_identity(),
            profile=self.profile,
            redirect_uris=frozenset(self.redirect_uris),
            scopes=frozenset(self.scope.split()),
            sector=self._sector(),
            **self.secrets(by_reference or {}),
            post_logout_redirect_uris=frozenset(self.post_logout_redirect_uris),
            grant_types=frozenset(self.grant_types),
            id_token_alg=self.id_token_signed_response_alg,
            id_token_encryption=_encryption(self.id_token_encrypted_response_alg, self.id_token_encrypted_response_enc),
            userinfo_alg=self.userinfo_signed_response_alg,
            userinfo_encryption=_encryption(self.userinfo_encrypted_response_alg, self.userinfo_encrypted_response_enc),
            request_object_alg=self.request_object_signing_alg,
            require_signed_request=self.require_signed_request_object,
            require_par=self.require_pushed_authorization_requests,
            dpop_bound=self.dpop_bound_access_tokens,
            tls_bound=self.tls_client_certificate_bound_access_tokens,
            token_format=self.access_token_format,
            resources=frozenset(self.resources),
            resource_server=server.resource_server() if server else None,
            details_types=frozenset(self.authorization_details_types),
            default_max_age=self.default_max_age,
            backchannel_logout_uri=self.backchannel_logout_uri,
            frontchannel_logout_uri=self.frontchannel_logout_uri,
            frontchannel_session_required=self.frontchannel_logout_session_required,
            ciba=self._ciba(),
            security_events=PushEndpoint(events.push_uri, events.bearer_token_ref, frozenset(events.events))
            if events
            else None,
            minimum_level=self.minimum_level,
            consent=self.consent,
            initiate_login_uri=self.initiate_login_uri,
            client_uri=self.client_uri,
            logo_uri=self.logo_uri,
            policy_uri=self.policy_uri,
            tos_uri=self.tos_uri,
            contacts=self.contacts,
            origins=frozenset(self.allowed_origins),
            verified_claims=self.verified_claims,
            channels=self.channels,
            channel_policy=self.channel_policy,
        )

    def _sector(self) -> str:
        """Its own word, the host of its sector address, or of its redirect URIs; a machine is a sector of its own."""
        if self.sector_identifier is not None:
            return self.sector_identifier
        address = self.sector_identifier_uri or next(iter(self.redirect_uris), None)
        return str(urlsplit(address).hostname) if address else self.client_id

    def _tls_identity(self) -> TlsIdentity | None:
        return None

    def _ciba(self) -> Ciba | None:
        if GrantType.CIBA not in self.grant_types:
            return None
        told = self.ciba or CibaDeclared()
        return Ciba(told.delivery_mode, told.notification_endpoint, told.request_signing_alg)


def _encryption(alg: KeyAlg | None, enc: ContentEnc) -> Encryption | None:
    return Encryption(alg, enc) if alg else None
