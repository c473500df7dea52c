"""Clients that register themselves (RFC 7591, OpenID Connect Registration 1.0) and look after that (RFC 7592).

Only with an initial access token that an operator made: its policy bounds what the client may become. The registration
access token is kept as a digest, stays the same as long as the client, and is repeated to whoever shows it. A secret is
shown once, when it is made.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.client_directory import ClientDirectory
from idp.domain.audit_clients import ClientAct, ClientChanged
from idp.domain.audit_words import ClientId, OpaqueId
from idp.domain.errors import DocumentUnavailable, InitialTokenRefused, LimitReached
from idp.domain.ports import (
    Clock,
    Documents,
    InitialTokens,
    KeptClient,
    Limit,
    Limits,
    Outbox,
    Randomness,
    RegisteredClients,
)
from idp.oidc.errors import InvalidTokenError, TemporarilyUnavailableError
from idp.oidc.messages import Answer, ProtocolRequest
from idp.registration import dynamic, secrets
from idp.registration.dynamic import MetadataRefused, Terms
from idp.registration.methods import ANY_CLIENT
from idp.registration.policy import Policy

PATH: Final = "/clients"
TOKEN_BYTES: Final = 32
ID_BYTES: Final = 12
# Of one initial access token, with every registration that it made. A refused registration uses up nothing of a token,
# so without a bound a single-use one would make us call address after address.
SECTOR_FETCHES: Final = Limit("registration.sector", 20, 3600.0)


class RegistrationError(OAuth2Error):
    """RFC 7591 section 3.2.2."""

    status_code = 400

    def __init__(self, refused: MetadataRefused) -> None:
        super().__init__(description=refused.description)
        self.error = refused.error


@dataclass(frozen=True, slots=True)
class Registration:
    """Both endpoints. ``documents`` fetches sector identifiers; ``loopback_allowed``: clients may live here."""

    issuer: str
    clients: RegisteredClients
    tokens: InitialTokens
    directory: ClientDirectory
    documents: Documents
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness
    loopback_allowed: bool

    def register(self, request: ProtocolRequest) -> Answer:
        """RFC 7591 section 3. Raises InvalidTokenError, RegistrationError; LimitReached: too many sectors looked at."""
        now = self.clock.now()
        token = self.tokens.by_digest(secrets.digest(_bearer(request)))
        if token is None or not token.good(now):
            raise _no_token()
        client_id, registration_token = self.randomness.hex(ID_BYTES), self.randomness.token(TOKEN_BYTES)
        terms = Terms(Policy.of(token.policy), token.contact, self.loopback_allowed)
        metadata = self._declared(client_id, _object(request), terms)
        metadata, kept_secrets, secret = self._with_secret(metadata, {})
        client = self._accepted(metadata, token.id)
        kept = KeptClient(
            client_id, metadata, now, kept_secrets, secrets.digest(registration_token), initial_token_id=token.id
        )
        try:
            self.clients.add(kept, now=now)
        except InitialTokenRefused:
            raise _no_token() from None
        self._changed(client_id, ClientAct.REGISTERED)
        return Answer(201, self._told(kept, client, registration_token, secret))

    def manage(self, request: ProtocolRequest) -> Answer:
        """RFC 7592 section 2, by method. Raises InvalidTokenError, RegistrationError."""
        shown = _bearer(request)
        kept = self.clients.by_id(request.tail)
        expected = kept.token_digest if kept and kept.disabled_at is None else None
        right = hmac.compare_digest(secrets.digest(shown), expected or secrets.digest(""))
        if kept is None or expected is None or not right:
            raise _no_token()  # also for a client that is no more (section 2.1)
        if request.method == "DELETE":
            self.clients.remove(kept.client_id)
            self._changed(kept.client_id, ClientAct.REMOVED)
            return Answer(204, None)
        if request.method == "PUT":
            return self._update(kept, _object(request), shown)
        return Answer(200, self._told(kept, dynamic.checked(kept.metadata), shown, None))

    def _update(self, kept: KeptClient, asked: Mapping[str, Any], shown: str) -> Answer:
        """The metadata anew, whole: what is left out falls back to its default (section 2.2)."""
        _is_update_of(kept, asked)
        metadata, kept_secrets = secrets.carried_over(
            self._declared(kept.client_id, asked, self._terms_of(kept)), kept.metadata, kept.secrets
        )
        metadata, kept_secrets, secret = self._with_secret(metadata, kept_secrets)
        client = self._accepted(metadata, kept.initial_token_id or "")
        changed = replace(kept, metadata=metadata, secrets=kept_secrets)
        if not self.clients.replace(changed):
            raise TemporarilyUnavailableError("The registration was changed meanwhile; read it and try again.")
        self._changed(kept.client_id, ClientAct.UPDATED)
        return Answer(200, self._told(changed, client, shown, secret))

    def _terms_of(self, kept: KeptClient) -> Terms:
        """Those it registered on; without a token by which it did there are none to change them on."""
        token = self.tokens.by_id(kept.initial_token_id) if kept.initial_token_id else None
        if token is None:
            raise _no_token()
        return Terms(Policy.of(token.policy), token.contact, self.loopback_allowed)

    def _declared(self, client_id: str, asked: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
        try:
            return dynamic.declared(client_id, asked, terms)
        except MetadataRefused as refused:
            raise RegistrationError(refused) from None

    def _accepted(self, metadata: Mapping[str, Any], token_id: str) -> ANY_CLIENT:
        """The model, when every rule holds and its sector lists its redirect URIs.

        Raises RegistrationError, LimitReached.
        """
        try:
            client = dynamic.checked(metadata)
            self._check_sector(client, token_id)
        except MetadataRefused as refused:
            raise RegistrationError(refused) from None
        return client

    def _with_secret(
        self, metadata: dict[str, Any], kept: Mapping[str, str]
    ) -> tuple[dict[str, Any], Mapping[str, str], str | None]:
        """With a secret made for it, where its method needs one that it has not got."""
        if secrets.method_of(metadata) not in secrets.WITH_SECRET or secrets.has_secret(metadata):
            return metadata, kept, None
        secret = self.randomness.token(secrets.SECRET_BYTES)
        return *secrets.with_secret(metadata, kept, secret), secret

    def _check_sector(self, client: ANY_CLIENT, token_id: str) -> None:
        """Its sector's own document lists every redirect URI (OpenID Connect Core 8.1).

        Raises MetadataRefused, LimitReached.
        """
        if client.sector_identifier_uri is None:
            return
        full = self.limits.hit([(SECTOR_FETCHES, token_id)], now=self.clock.now())
        if full is not None:
            raise LimitReached(full[0].name, full[1])
        try:
            listed = self.documents(client.sector_identifier_uri).value
        except DocumentUnavailable as error:
            raise MetadataRefused(f"sector_identifier_uri: {error.what}") from None
        if not isinstance(listed, list) or not all(uri in listed for uri in client.redirect_uris):
            raise MetadataRefused("sector_identifier_uri: must list every redirect URI")

    def _told(
        self, kept: KeptClient, client: ANY_CLIENT, registration_token: str, secret: str | None
    ) -> dict[str, Any]:
        """The client information response (RFC 7591 section 3.2.1)."""
        told = dynamic.answer(client) | {
            "client_id_issued_at": int(kept.created_at),
            "registration_access_token": registration_token,
            "registration_client_uri": f"{self.issuer}{PATH}/{kept.client_id}",
        }
        if secrets.method_of(kept.metadata) in secrets.WITH_SECRET:
            told["client_secret_expires_at"] = 0
        return told if secret is None else told | {"client_secret": secret}

    def _changed(self, client_id: str, act: ClientAct) -> None:
        self.directory.tick()
        event_id = OpaqueId(self.randomness.hex(16))
        stamp = {"id": event_id, "at": self.clock.now(), "client_id": ClientId(client_id)}
        self.outbox.append(ClientChanged(**stamp, act=act, operator=False))  # type: ignore[arg-type]  # mixed values


def _is_update_of(kept: KeptClient, asked: Mapping[str, Any]) -> None:
    """RFC 7592 section 2.2: it names itself, and nothing that the provider alone decides. Raises RegistrationError."""
    if asked.get("client_id") != kept.client_id:
        raise RegistrationError(MetadataRefused("client_id: must be that of this registration"))
    if dynamic.OURS & asked.keys():
        raise RegistrationError(MetadataRefused(f"{', '.join(sorted(dynamic.OURS))}: must be left out"))
    shown = asked.get("client_secret")
    if shown is not None and not (isinstance(shown, str) and _is_secret_of(kept, shown)):
        raise RegistrationError(MetadataRefused("client_secret: must be the current one, or left out"))


def _is_secret_of(kept: KeptClient, shown: str) -> bool:
    given = secrets.digest(shown)
    known = [bytes.fromhex(text.removeprefix("sha256:")) for text in kept.metadata.get(secrets.DIGESTS, ())]
    known += [secrets.digest(secret) for secret in kept.secrets.values()]
    right = [hmac.compare_digest(given, each) for each in known]
    return any(right)


def _object(request: ProtocolRequest) -> Mapping[str, Any]:
    if not isinstance(request.json, dict):
        raise InvalidRequestError("The body must be a JSON object.")
    return request.json


def _bearer(request: ProtocolRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidTokenError
    return token.strip()


def _no_token() -> InvalidTokenError:
    return InvalidTokenError(description="The access token is unknown, expired, used up or of another client.")
