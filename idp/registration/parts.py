"""Members of a registration that have members themselves."""

from typing import Self

from pydantic import Field, model_validator

from idp.domain.client import (
    CibaDelivery,
    ContentEnc,
    Encryption,
    KeyAlg,
    ResourceServer,
    SigningAlg,
    TokenFormat,
)
from idp.registration.words import Address, AsymmetricAlg, ClientIdText, Model, Reference


class SecurityEventsDeclared(Model):
    """How the client is told of changes to its citizens' accounts."""

    push_uri: Address | None = Field(
        None, description="takes security event tokens (RFC 8935); without it the client polls for them (RFC 8936)"
    )
    bearer_token_ref: Reference | None = Field(
        None, description="name of the bearer token to send: it stands in IDP_PUSH_TOKENS__<NAME>, never here"
    )
    events: tuple[str, ...] = Field((), max_length=20, description="event types wanted; none named: every one")


class CibaDeclared(Model):
    """Backchannel authentication (CIBA): sign-in that begins away from the browser, as at the hotline."""

    delivery_mode: CibaDelivery = CibaDelivery.POLL
    notification_endpoint: Address | None = Field(None, description="where ping notifications go")
    request_signing_alg: AsymmetricAlg | None = Field(None, description="requests must be signed by it")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.delivery_mode is CibaDelivery.PING) != (self.notification_endpoint is not None):
            raise ValueError("notification_endpoint: required with ping, and only with ping")
        return self


class ResourceServerDeclared(Model):
    """Makes the client a protected resource: it may introspect tokens meant for it (RFC 7662)."""

    identifiers: tuple[Address, ...] = Field(min_length=1, max_length=20, description="resource indicators (RFC 8707)")
    access_token_format: TokenFormat = Field(TokenFormat.OPAQUE, description="jwt: RFC 9068")
    introspection_signed_response_alg: SigningAlg = SigningAlg.RS256
    introspection_encrypted_response_alg: KeyAlg | None = None
    introspection_encrypted_response_enc: ContentEnc = ContentEnc.A128CBC_HS256
    exchange: tuple[ClientIdText, ...] = Field((), max_length=200, description="who may exchange tokens for it (8693)")

    def resource_server(self) -> ResourceServer:
        """The domain's words."""
        alg = self.introspection_encrypted_response_alg
        return ResourceServer(
            identifiers=frozenset(self.identifiers),
            token_format=self.access_token_format,
            introspection_alg=self.introspection_signed_response_alg,
            introspection_encryption=Encryption(alg, self.introspection_encrypted_response_enc) if alg else None,
            exchange=frozenset(self.exchange),
        )
