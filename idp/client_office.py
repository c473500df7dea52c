"""What operators do to the relying parties that are registered here; clients.yaml is changed in its file.

The rules are those of every registration, without the bounds of an initial access token: an operator may approve what
nobody can register for themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from idp.client_directory import ClientDirectory
from idp.domain.audit_clients import ClientAct, ClientChanged
from idp.domain.audit_words import ClientId, OpaqueId
from idp.domain.errors import ClientIdTaken
from idp.domain.ports import Clock, InitialToken, InitialTokens, KeptClient, Outbox, Randomness, RegisteredClients
from idp.domain.ports.registering import folded
from idp.registration import secrets
from idp.registration.methods import ONE
from idp.registration.policy import Policy

TOKEN_BYTES: Final = 32
TRIES: Final = 5


class NoSuchClient(Exception):
    """It is not registered here (a client of clients.yaml is not changed here)."""


class ClientInvalid(Exception):
    """``faults``: one line each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class ClientOffice:
    """See the module."""

    clients: RegisteredClients
    tokens: InitialTokens
    directory: ClientDirectory
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def add(self, document: Mapping[str, Any], *, development: bool) -> str | None:
        """Register what a file declares; the secret that was made for it, if one was. Raises ClientInvalid."""
        metadata, kept_secrets, secret = self._with_secret(document)
        try:
            client = ONE.validate_python(metadata)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False)
            raise ClientInvalid(*(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in faults)) from None
        if client.development_only and not development:
            raise ClientInvalid("development_only: not allowed in production")
        self.directory.refresh()
        taken = ClientInvalid("client_id: another client is called so")
        if folded(client.client_id) in {folded(each.client_id) for each in self.directory.all()}:
            raise taken
        now = self.clock.now()
        try:
            self.clients.add(KeptClient(client.client_id, metadata, now, kept_secrets), now=now)
        except ClientIdTaken:
            raise taken from None
        self._note(client.client_id, ClientAct.REGISTERED)
        return secret

    def remove(self, client_id: str) -> None:
        """Forget it: its tokens are worth nothing from then on. Raises NoSuchClient."""
        if not self.clients.remove(client_id):
            raise NoSuchClient(client_id)
        self._note(client_id, ClientAct.REMOVED)

    def disable(self, client_id: str) -> None:
        """Nobody finds it until it is enabled again. Raises NoSuchClient."""
        now = self.clock.now()
        self._change(client_id, ClientAct.DISABLED, lambda kept: replace(kept, disabled_at=kept.disabled_at or now))

    def enable(self, client_id: str) -> None:
        """Raises NoSuchClient."""
        self._change(client_id, ClientAct.ENABLED, lambda kept: replace(kept, disabled_at=None))

    def rotate_secret(self, client_id: str) -> str:
        """A new secret; the newest old one stays good beside it. Raises NoSuchClient, ClientInvalid: it has none."""
        secret = self.randomness.token(secrets.SECRET_BYTES)

        def rotated(kept: KeptClient) -> KeptClient:
            if not secrets.has_secret(kept.metadata):
                raise ClientInvalid("it authenticates without a secret")
            metadata, of_it = secrets.with_secret(kept.metadata, kept.secrets, secret)
            return replace(kept, metadata=metadata, secrets=of_it)

        self._change(client_id, ClientAct.SECRET_ADDED, rotated)
        return secret

    def drop_old_secret(self, client_id: str) -> None:
        """Only the newest secret stays good. Raises NoSuchClient, ClientInvalid: it has none."""

        def alone(kept: KeptClient) -> KeptClient:
            if not secrets.has_secret(kept.metadata):
                raise ClientInvalid("it authenticates without a secret")
            metadata, of_it = secrets.without_old(kept.metadata, kept.secrets)
            return replace(kept, metadata=metadata, secrets=of_it)

        self._change(client_id, ClientAct.OLD_SECRET_DROPPED, alone)

    def initial_token(self, policy: Policy, *, contact: str, seconds: float, uses: int) -> tuple[str, str]:
        """A token that lets somebody register ``uses`` clients within ``policy``: its id and itself, shown once."""
        token, token_id, now = self.randomness.token(TOKEN_BYTES), self.randomness.hex(8), self.clock.now()
        kept = InitialToken(token_id, contact, policy.document(), now, now + seconds, uses)
        self.tokens.create(kept, secrets.digest(token))
        return token_id, token

    def _with_secret(self, document: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, str], str | None]:
        """With a secret, where the method needs one and none is declared by digest. Raises ClientInvalid."""
        try:
            method = secrets.method_of(document)
        except (KeyError, ValueError):
            raise ClientInvalid("token_endpoint_auth_method: see docs/clients.schema.json") from None
        if secrets.REFERENCES in document:
            raise ClientInvalid("client_secret_refs: for clients.yaml alone; leave it out and a secret is made")
        if method not in secrets.WITH_SECRET or secrets.has_secret(document):
            return dict(document), {}, None
        secret = self.randomness.token(secrets.SECRET_BYTES)
        return *secrets.with_secret(document, {}, secret), secret

    def _change(self, client_id: str, act: ClientAct, change: Callable[[KeptClient], KeptClient]) -> None:
        """Change what is kept, as it is when it is written."""
        for _ in range(TRIES):
            kept = self.clients.by_id(client_id)
            if kept is None:
                raise NoSuchClient(client_id)
            if self.clients.replace(change(kept)):
                return self._note(client_id, act)
        raise ClientInvalid("somebody else is changing it; try again")

    def _note(self, client_id: str, act: ClientAct) -> None:
        self.directory.tick()
        event_id = OpaqueId(self.randomness.hex(16))
        at, client = self.clock.now(), ClientId(client_id)
        self.outbox.append(ClientChanged(id=event_id, at=at, client_id=client, act=act, operator=True))
