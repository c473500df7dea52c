"""Our one-time code to the reserved mobile: what turns knowledge of four elements into possession (channels.md 5).

An attempt keeps a keyed digest of the code, bound to attempt and phone; tries are counted in ``keep``, which the store
seals and replaces under compare-and-swap, so that no try is lost. Six digits, five minutes, five tries (12.2).
"""

import hmac
from collections.abc import Mapping
from typing import Final

from adapters.unionpay.codes import CHANNEL
from adapters.unionpay.wire import Elements, Order
from idp.domain.channel import FieldKind, Form, Reason
from idp.domain.errors import Distrusted, InvalidInput, LimitReached, Unavailable
from idp.domain.ports import Clock, Randomness, SmsGateway, SmsPurpose

CODE_SECONDS: Final = 300.0
MOST_TRIES: Final = 5


class Possession:
    """Sends codes and checks them. ``key`` is the same in every worker."""

    def __init__(self, gateway: SmsGateway, clock: Clock, randomness: Randomness, key: str) -> None:
        self._gateway = gateway
        self._clock = clock
        self._randomness = randomness
        self._key = key.encode()

    def order_id(self, attempt_id: str, elements: Elements) -> str:
        """32 hexadecimal digits: the same details in one attempt are one order, other details are another.

        So a form sent again after a lost answer asks for the *first* transaction's result, and a result never speaks
        for a card or a phone that was typed later.
        """
        parts = ("order", attempt_id, elements.name, elements.number, elements.card, elements.phone)
        return self._digest(*parts)[:32]

    def ask(self, attempt_id: str, elements: Elements, order: Order) -> Form | Reason:
        """Send a code and ask for it. BAD_INPUT for a number without text messages; raises Unavailable, Distrusted."""
        code = self._randomness.digits(6)
        try:
            self._gateway.send_code(f"+86{elements.phone}", code, SmsPurpose.PROVE)
        except InvalidInput:
            return Reason.BAD_INPUT
        except LimitReached as error:
            retry_at = self._clock.now() + error.retry_after
            raise Unavailable(CHANNEL, "text messages throttled", retry_at=retry_at, personal=True) from None
        except Unavailable as error:
            raise Unavailable(CHANNEL, "text message not sent", retry_at=error.retry_at, alert=error.alert) from None
        except Distrusted as error:
            raise Distrusted(CHANNEL, f"text message: {error.what}") from None
        keep = {
            "order_id": order.id,
            "name": elements.name,
            "number": elements.number,
            "phone": elements.phone,
            "code": self._digest("code", attempt_id, order.id, elements.phone, code),
            "sent_at": repr(self._clock.now()),
            "tries": "0",
        }
        return Form((FieldKind.SMS_CODE,), keep)

    def check(self, attempt_id: str, keep: Mapping[str, str], code: str) -> Form | Reason | None:
        """None for the right code in time; the form again, with one try less, for a wrong one."""
        if self._clock.now() >= float(keep["sent_at"]) + CODE_SECONDS:
            return Reason.EXPIRED
        expected = self._digest("code", attempt_id, keep["order_id"], keep["phone"], code)
        if hmac.compare_digest(expected.encode(), keep["code"].encode()):
            return None
        tries = int(keep["tries"]) + 1
        if tries >= MOST_TRIES:
            return Reason.TOO_MANY_TRIES
        return Form((FieldKind.SMS_CODE,), {**keep, "tries": str(tries)})

    def _digest(self, *parts: str) -> str:
        return hmac.digest(self._key, "\0".join(parts).encode(), "sha256").hex()
