"""The number of a card check, and our code to the reserved mobile (channels.md 5; :mod:`adapters.texted_code`)."""

from adapters.texted_code import TextedCode
from adapters.unionpay.codes import CHANNEL
from adapters.unionpay.wire import Elements, Order
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Form, Reason, Rejected, Verified
from idp.domain.ports import Clock, Randomness, SmsGateway


class Possession:
    """Sends codes and checks them. ``key`` is the same in every worker."""

    def __init__(self, gateway: SmsGateway, clock: Clock, randomness: Randomness, key: str) -> None:
        self._code = TextedCode(CHANNEL, gateway, clock, randomness, key)

    def order_id(self, attempt_id: str, elements: Elements) -> str:
        """32 hexadecimal digits: the same details in one attempt are one order, other details are another.

        So a form sent again after a lost answer asks for the *first* transaction's result, and a result never speaks
        for a card or a phone that was typed later.
        """
        parts = ("order", attempt_id, elements.name, elements.number, elements.card, elements.phone)
        return self._code.digest(*parts)[:32]

    def ask(self, attempt_id: str, elements: Elements, order: Order) -> Form | Reason:
        """Send a code and ask for it. BAD_INPUT for a number without text messages; raises Unavailable, Distrusted."""
        keep = {"txn": order.id, "name": elements.name, "number": elements.number}
        return self._code.send(attempt_id, order.id, elements.phone, keep)

    def entered(self, attempt: Attempt, reply: Reply) -> Form | Rejected | Verified:
        """What a typed code comes to."""
        return self._code.entered(attempt, reply)
