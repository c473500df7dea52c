"""The backchannel authentication endpoint (CIBA Core 1.0, section 7): the hotline asks, the citizen's device answers.

Whom a ``login_hint`` names is looked up and never told: a person we do not know, or one who was asked too often, is
answered like one we know, and the request runs into its expiry. ``unknown_user_id`` would be an oracle for who has an
account here, by ID number (CIBA section 13 allows it, section 15 warns of it). So it is never answered.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.domain.client import CibaDelivery, Client, GrantType
from idp.domain.decoupled import AFTERLIFE, Waiting, Way
from idp.domain.errors import LimitReached
from idp.domain.ports import Clock, FieldCipher, Limit, Limits, Randomness, WaitingRequests
from idp.oidc import backchannel_object
from idp.oidc.backchannel_object import Bounds
from idp.oidc.client_jwks import JwtRefused, KeysUnavailable
from idp.oidc.decoupled_errors import InvalidBindingMessageError
from idp.oidc.decoupled_request import build, match_number, may_use, one_line, waiting_id
from idp.oidc.discovery import PATHS
from idp.oidc.errors import TemporarilyUnavailableError
from idp.oidc.jws import HintReader
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.parameters import from_json
from idp.oidc.person_hints import CLAIM, opened
from idp.oidc.server import Server

PATH: Final = PATHS["backchannel_authentication_endpoint"]
SECRET_BYTES: Final = 32
HINTS: Final = ("login_hint", "id_token_hint", "login_hint_token")
MAX_HINT: Final = 256
LONGEST: Final = 1800
BY_CLIENT: Final = Limit("ciba.client", 600, 60.0)
# CIBA section 7.1: at most 1024 characters, fit for an Authorization header (RFC 6750 section 2.1).
NOTIFICATION_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]{1,1024}=*")
_SECONDS: Final = re.compile(r"[0-9]{1,6}")


class Persons(Protocol):
    """Who is meant. Both answer the citizen's id, or nothing where nobody may be asked now by the client that asks;
    neither says why.
    """

    def named(self, typed: str, client_id: str) -> str:
        """By a name that citizens sign in with."""
        ...

    def standing(self, citizen_id: str, client_id: str) -> str:
        """By an account's own id."""
        ...


@dataclass(frozen=True, slots=True)
class Backchannel:
    """Answers backchannel authentication requests. ``life`` and ``interval`` are in seconds.

    ``asked`` is told of every request that somebody waits for, after it is kept; it must return at once.
    """

    server: Server
    hints: HintReader
    cipher: FieldCipher
    persons: Persons
    waiting: WaitingRequests
    limits: Limits
    clock: Clock
    randomness: Randomness
    issuer: str
    life: int
    interval: int
    asked: Callable[[Waiting], None]

    def answer(self, message: ProtocolRequest) -> Answer:
        """``auth_req_id`` (CIBA section 7.3), and ``match_number`` for the operator to read out. Raises OAuth2Error."""
        client = self.server.authenticate_client(message, (), "backchannel_authentication").client
        may_use(client, GrantType.CIBA)
        form = self._parameters(message, client)
        for check in CHECKS:
            check(form, client)
        request = build(client, form)
        now, secret = self.clock.now(), self.randomness.token(SECRET_BYTES)
        full = self.limits.hit([(BY_CLIENT, client.client_id)], now=now)
        if full is not None:
            raise LimitReached(full[0].name, full[1])
        citizen_id = self._citizen(form, client)
        message_shown = form.get("binding_message", "")
        life = min(int(form.get("requested_expiry", self.life)), LONGEST)
        waiting = Waiting(
            id=waiting_id(secret),
            way=Way.CIBA,
            client_id=client.client_id,
            request=request,
            created_at=now,
            until=now + life,
            match=match_number(self.randomness, message_shown),
            label=message_shown,
            citizen_id=citizen_id,
            secret=secret if _pings(client) else "",
            notify=form["client_notification_token"] if _pings(client) else "",
        )
        self.waiting.keep(waiting.id, waiting.to_json(), citizen_id, now=now, expires_at=waiting.until + AFTERLIFE)
        if citizen_id:
            self.asked(waiting)
        answer = {
            "auth_req_id": secret, "expires_in": life, "interval": self.interval, "match_number": waiting.match
        }  # fmt: skip
        return Answer(200, answer)

    def _parameters(self, message: ProtocolRequest, client: Client) -> Mapping[str, str]:
        """Those of the form, or of the signed request where the client is registered for one: never both."""
        alg = client.ciba.alg if client.ciba else None
        if alg is None:
            if "request" in message.form:
                raise InvalidRequestError("The client is not registered for signed requests.")
            return message.form
        if "request" not in message.form:
            raise InvalidRequestError("The client is registered for signed requests: request is missing.")
        if message.form.keys() - backchannel_object.BESIDE:
            raise InvalidRequestError("Parameters stand beside a signed request: they belong into it.")
        try:
            claims = self.server.jwks.verify(client, message.form["request"], algs={alg}).claims
        except KeysUnavailable as error:
            raise TemporarilyUnavailableError(description=error.reason) from None
        except JwtRefused as error:
            raise InvalidRequestError(error.reason) from None
        now = self.clock.now()
        backchannel_object.check(claims, Bounds(client.client_id, self.issuer, now))
        key = f"{client.client_id}\0{claims['jti']}"
        until = float(claims["exp"]) + backchannel_object.SKEW + 1
        if not self.limits.take_once("ciba.request", key, now=now, expires_at=until):
            raise InvalidRequestError("request: jti was used before.")
        return from_json(backchannel_object.members(claims))

    def _citizen(self, form: Mapping[str, str], client: Client) -> str:
        """Who is meant, or nobody. Raises InvalidRequestError for a hint that is no ID token of this client's."""
        if "login_hint" in form:
            return self.persons.named(form["login_hint"], client.client_id)
        claims = self.hints.read(form["id_token_hint"])
        hint = claims.get(CLAIM)
        if claims.get("aud") != client.client_id or not isinstance(hint, str):
            raise InvalidRequestError("id_token_hint was not issued to this client since it is registered for CIBA.")
        return self.persons.standing(opened(self.cipher, hint, client.client_id), client.client_id)


def _pings(client: Client) -> bool:
    return client.ciba is not None and client.ciba.delivery is CibaDelivery.PING


def _one_hint(form: Mapping[str, str], client: Client) -> None:
    del client
    if "login_hint_token" in form:
        raise InvalidRequestError("login_hint_token is not supported: send login_hint or id_token_hint.")
    if sum(name in form for name in HINTS) != 1:
        raise InvalidRequestError("Exactly one of login_hint and id_token_hint is required.")
    if len(form.get("login_hint", "")) > MAX_HINT:
        raise InvalidRequestError("login_hint is too long.")


def _binding_message(form: Mapping[str, str], client: Client) -> None:
    del client
    if "binding_message" in form and not one_line(form["binding_message"]):
        raise InvalidBindingMessageError


def _requested_expiry(form: Mapping[str, str], client: Client) -> None:
    del client
    text = form.get("requested_expiry", "1")
    if _SECONDS.fullmatch(text) is None or int(text) < 1:
        raise InvalidRequestError("requested_expiry must be a positive number of seconds.")


def _notification_token(form: Mapping[str, str], client: Client) -> None:
    if _pings(client) and NOTIFICATION_TOKEN.fullmatch(form.get("client_notification_token", "")) is None:
        raise InvalidRequestError("client_notification_token is required: at most 1024 characters of a bearer token.")


CHECKS: tuple[Callable[[Mapping[str, str], Client], None], ...] = (
    _one_hint,
    _binding_message,
    _requested_expiry,
    _notification_token,
)
