"""The text-message gateway as channels get it: every text counts against the budgets that registration keeps too."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.domain.errors import Unavailable
from idp.domain.ports import Clock, Limits, SmsGateway, SmsNotice, SmsPurpose
from idp.people import limits as budget


@dataclass(frozen=True, slots=True)
class BoundedSms:
    """:class:`idp.domain.ports.SmsGateway` over another one."""

    gateway: SmsGateway
    limits: Limits
    clock: Clock

    def send_code(self, mobile: str, code: str, purpose: SmsPurpose) -> None:
        """Send. Raises LimitReached with nothing sent; where the gateway failed, the number gets its text back."""
        self._bounded(mobile, lambda: self.gateway.send_code(mobile, code, purpose))

    def send_notice(self, mobile: str, notice: SmsNotice) -> None:
        """Send, like a code."""
        self._bounded(mobile, lambda: self.gateway.send_notice(mobile, notice))

    def _bounded(self, mobile: str, send: Callable[[], None]) -> None:
        now, own = self.clock.now(), budget.each(budget.SMS_NUMBER, mobile)
        budget.spend(self.limits, [*own, *budget.sms_of_all(mobile)], now=now)
        try:
            send()
        except Unavailable:
            if self.limits.hit(budget.each(budget.SMS_FAILED, mobile), now=now) is None:
                self.limits.refund(own, at=now)
            raise
