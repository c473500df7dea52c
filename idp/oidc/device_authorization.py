"""The device authorization endpoint (RFC 8628 section 3.1): a self-service terminal asks, a citizen's phone answers.

A user code has twelve digits, in groups of four like a bank card: a phone's number pad types them, no letter has to be
found behind a Chinese input method, and 10^12 are more than the 20^8 of RFC 8628 section 6.1. Guesses are counted where
they are typed (:mod:`idp.people.approvals`), and a guessed code is worth nothing without the terminal's match number.
"""

from dataclasses import dataclass
from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.domain.client import AuthMethod, GrantType
from idp.domain.decoupled import AFTERLIFE, Waiting, Way
from idp.domain.errors import LimitReached, StoreUnavailable
from idp.domain.ports import Clock, Limit, Limits, Randomness, Records, WaitingRequests
from idp.oidc.decoupled_request import build, match_number, may_use, one_line, waiting_id
from idp.oidc.discovery import PATHS
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.server import Server

PATH: Final = PATHS["device_authorization_endpoint"]
PAGE: Final = "/device"
SECRET_BYTES: Final = 32
USER_CODE_DIGITS: Final = 12
# A terminal that begins anew every second would be broken; behind one client stand all terminals of a province.
BY_CLIENT: Final = Limit("device.client", 3000, 60.0)
# A public client is anybody with its identifier: from one place nobody shall use up what all its terminals have.
BY_PLACE: Final = Limit("device.place", 120, 60.0)
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """Answers device authorization requests. ``life`` and ``interval`` are in seconds."""

    server: Server
    waiting: WaitingRequests
    user_codes: Records
    limits: Limits
    clock: Clock
    randomness: Randomness
    issuer: str
    life: int
    interval: int

    def answer(self, message: ProtocolRequest) -> Answer:
        """The codes (RFC 8628 section 3.2) and ``match_number``, which the terminal shows. Raises OAuth2Error."""
        client = self.server.authenticate_client(message, (), "device_authorization").client
        may_use(client, GrantType.DEVICE_CODE)
        label = message.form.get("terminal", "")
        if label and not one_line(label):
            raise InvalidRequestError("terminal must be one line of plain text, at most 80 characters.")
        public = client.auth_method is AuthMethod.NONE
        label = "" if public else label  # anybody's words do not stand on our page, under the name of a hall
        request = build(client, message.form)
        now, device_code = self.clock.now(), self.randomness.token(SECRET_BYTES)
        places = [(BY_PLACE, message.place)] if public else []
        full = self.limits.hit([(BY_CLIENT, client.client_id), *places], now=now)
        if full is not None:
            raise LimitReached(full[0].name, full[1])
        waiting = Waiting(
            id=waiting_id(device_code),
            way=Way.DEVICE,
            client_id=client.client_id,
            request=request,
            created_at=now,
            until=now + self.life,
            match=match_number(self.randomness, label),
            label=label,
        )
        waiting = waiting.with_(user_code=self._user_code(waiting))
        self.waiting.create(waiting.id, waiting.to_json(), now=now, expires_at=waiting.until + AFTERLIFE)
        shown = grouped(waiting.user_code)
        return Answer(
            200,
            {
                "device_code": device_code,
                "user_code": shown,
                "verification_uri": f"{self.issuer}{PAGE}",
                "verification_uri_complete": f"{self.issuer}{PAGE}?user_code={shown}",
                "expires_in": self.life,
                "interval": self.interval,
                "match_number": waiting.match,
            },
        )

    def _user_code(self, waiting: Waiting) -> str:
        """A code that no living request has; what it leads to is kept first."""
        for _ in range(_TRIES):
            code = self.randomness.digits(USER_CODE_DIGITS)
            try:
                self.user_codes.create(code, {"waiting": waiting.id}, now=waiting.created_at, expires_at=waiting.until)
            except StoreUnavailable:  # taken (once in millions of years), or no store: the last try tells
                continue
            return code
        raise StoreUnavailable("user_code: no room")


def grouped(user_code: str) -> str:
    """As people read it: ``4821-0937-5526``."""
    return "-".join(user_code[at : at + 4] for at in range(0, len(user_code), 4))
