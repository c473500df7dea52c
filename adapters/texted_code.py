"""A one-time code of our own to a mobile: what turns knowledge about a number into possession (channels.md 5, 12.2).

For channels whose upstream compares a mobile and does not ask its holder. An attempt keeps a keyed digest of the code,
bound to channel, attempt and phone; tries are counted in ``keep``, which the store seals and replaces under
compare-and-swap, so that no try is lost. Six digits, five minutes, five tries.
"""

import hmac
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import FieldKind, Form, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, InvalidInput, LimitReached, Rule, Unavailable
from idp.domain.ports import Clock, Randomness, SmsGateway, SmsPurpose

CODE_SECONDS: Final = 300.0
MOST_TRIES: Final = 5
_LONGEST: Final = 64
_MOBILE: Final = re.compile(r"(?:\+?86)?(1[0-9]{10})")
_CODE: Final = re.compile(r"[0-9]{6}")


class TextedCode:
    """Sends codes for one channel and checks them. ``key`` is the same in every worker. Safe for threads."""

    def __init__(self, channel: str, gateway: SmsGateway, clock: Clock, randomness: Randomness, key: str) -> None:
        self._channel = channel
        self._gateway = gateway
        self._clock = clock
        self._randomness = randomness
        self._key = key.encode()

    def send(self, attempt_id: str, txn: str, phone: str, keep: Mapping[str, str]) -> Form | Reason:
        """Send a code to ``phone`` (11 digits) and ask for it, keeping ``keep`` and what :meth:`check` needs.

        BAD_INPUT for a number without text messages. Raises Unavailable and Distrusted in the channel's name.
        """
        code = self._randomness.digits(6)
        try:
            self._gateway.send_code(f"+86{phone}", code, SmsPurpose.PROVE)
        except InvalidInput:
            return Reason.BAD_INPUT
        except LimitReached as error:
            retry_at = self._clock.now() + error.retry_after
            raise Unavailable(self._channel, "text messages throttled", retry_at=retry_at, personal=True) from None
        except Unavailable as error:
            raise Unavailable(
                self._channel, "text message not sent", retry_at=error.retry_at, alert=error.alert
            ) from None
        except Distrusted as error:
            raise Distrusted(self._channel, f"text message: {error.what}") from None
        kept = {
            **keep,
            "phone": phone,
            "code": self.digest("code", attempt_id, txn, phone, code),
            "sent_at": repr(self._clock.now()),
            "tries": "0",
        }
        return Form((FieldKind.SMS_CODE,), kept)

    def entered(self, attempt: Attempt, reply: Reply) -> Form | Rejected | Verified:
        """What a typed code comes to: the person in ``keep`` (name, number, txn) holds the mobile, or not."""
        keep = attempt.keep
        try:
            code = one_time_code(reply.unverified_fields.get(FieldKind.SMS_CODE, ""))
        except InvalidInput:
            return Rejected(Reason.BAD_INPUT, keep["txn"])
        answer = self.check(attempt.id, keep["txn"], keep, code)
        if isinstance(answer, Form):
            return answer
        if answer is not None:
            return Rejected(answer, keep["txn"])
        claims = {
            ClaimName.NAME: keep["name"],
            ClaimName.ID_NUMBER: keep["number"],
            ClaimName.PHONE_NUMBER: f"+86{keep['phone']}",
        }
        return Verified(claims, keep["txn"])

    def check(self, attempt_id: str, txn: str, keep: Mapping[str, str], code: str) -> Form | Reason | None:
        """None for the right code in time; the form again, with one try less, for a wrong one."""
        if self._clock.now() >= float(keep["sent_at"]) + CODE_SECONDS:
            return Reason.EXPIRED
        expected = self.digest("code", attempt_id, txn, keep["phone"], code)
        if hmac.compare_digest(expected.encode(), keep["code"].encode()):
            return None
        tries = int(keep["tries"]) + 1
        if tries >= MOST_TRIES:
            return Reason.TOO_MANY_TRIES
        return Form((FieldKind.SMS_CODE,), {**keep, "tries": str(tries)})

    def digest(self, *parts: str) -> str:
        """64 hexadecimal digits under our key: for codes, and for numbers that tell one set of details from another."""
        return hmac.digest(self._key, "\0".join((self._channel, *parts)).encode(), "sha256").hex()


def mobile_number(typed: str) -> str:
    """The 11 digits of a mainland mobile number, as people type it. Raises InvalidInput."""
    found = _MOBILE.fullmatch(compact(typed))
    if found is None:
        raise InvalidInput(FieldKind.MOBILE, Rule.FORMAT)
    return found[1]


def one_time_code(typed: str) -> str:
    """Six digits, as people type them. Raises InvalidInput."""
    text = compact(typed)
    if not _CODE.fullmatch(text):
        raise InvalidInput(FieldKind.SMS_CODE, Rule.FORMAT)
    return text


def compact(typed: str) -> str:
    """Digits as people group them, without width, hyphens and white space (channels.md 2.2)."""
    return "".join(unicodedata.normalize("NFKC", typed[:_LONGEST]).replace("-", "").split())
