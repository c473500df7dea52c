"""Every budget of this room in one table, and how one is spent.

Who is counted: the *account* (or, for a name nobody has, that name in its canonical spelling), so that spellings and
kinds of names share one counter; and the *address*, so that one place cannot try many accounts. Windows of growing
length on one key are a growing wait. Addresses are wide: behind one stands a household, a hall or a carrier's NAT.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from idp.domain.errors import LimitReached
from idp.domain.ports import Limit, Limits

Pairs: TypeAlias = Sequence[tuple[Limit, str]]

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0

# Text messages. Per number as strict as the gateways (channels.md 12.1), so that no citizen meets the gateway's limit.
SMS_NUMBER: Final = (
    Limit("sms.number.minute", 1, MINUTE),
    Limit("sms.number.hour", 5, HOUR),
    Limit("sms.number.day", 10, DAY),
)
SMS_BROWSER: Final = (Limit("sms.browser.hour", 10, HOUR), Limit("sms.browser.day", 20, DAY))
SMS_ADDRESS: Final = (Limit("sms.address.hour", 100, HOUR), Limit("sms.address.day", 500, DAY))
# Toll fraud loops over numbers (OTP-08). The first seven digits are one carrier in one city: ten thousand numbers.
SMS_PREFIX: Final = (Limit("sms.prefix.hour", 200, HOUR), Limit("sms.prefix.day", 600, DAY))
SMS_CLIENT: Final = (Limit("sms.client.minute", 100, MINUTE), Limit("sms.client.hour", 2000, HOUR))
# The breaker: a province registers thousands an hour on its busiest day, a robot does so every minute.
SMS_ALL: Final = (Limit("sms.all.minute", 300, MINUTE), Limit("sms.all.hour", 6000, HOUR))
# Sends that the gateway failed are given back, but not for ever: a timeout may have delivered the text all the same.
SMS_FAILED: Final = Limit("sms.number.failed", 5, 30 * MINUTE)
# Opening an account hashes a password and tells whether a login name is free.
OPEN_BROWSER: Final = Limit("enrol.open.browser", 30, HOUR)
OPEN_ADDRESS: Final = Limit("enrol.open.address", 200, HOUR)

# Sign-in. A stranger's tries fill the account's wide budget from his own place; the account's own browsers (where a
# sign-in succeeded before) have a budget that he cannot reach, so nobody is locked out of home (OWASP device cookies).
SIGN_IN_PLACE: Final = (Limit("sign_in.place.short", 5, 5 * MINUTE), Limit("sign_in.place.long", 15, HOUR))
SIGN_IN_ACCOUNT: Final = (
    Limit("sign_in.account.minute", 10, MINUTE),
    Limit("sign_in.account.quarter", 30, 15 * MINUTE),
    Limit("sign_in.account.hour", 60, HOUR),
)
SIGN_IN_OWN_BROWSER: Final = (
    Limit("sign_in.own_browser.short", 5, 5 * MINUTE),
    Limit("sign_in.own_browser.long", 15, HOUR),
)
SIGN_IN_ADDRESS: Final = (Limit("sign_in.address.short", 100, 10 * MINUTE), Limit("sign_in.address.day", 2000, DAY))
# A mark, not a budget: full when this browser signed in to this account in the last 90 days.
KNOWN_BROWSER: Final = Limit("sign_in.known_browser", 1, 90 * DAY)
# Whoever gets here knows the password. Per account, however often the sign-in is started anew (CVE-2024-32868).
SECOND_FACTOR: Final = (Limit("second_factor.short", 5, 5 * MINUTE), Limit("second_factor.long", 30, 6 * HOUR))
# The other ways to show it are counted apart, so that a face that fails costs no try of the app, nor the reverse.
SECOND_FACTOR_FACE: Final = Limit("second_factor.face", 3, HOUR)
SECOND_FACTOR_TEXT: Final = (
    Limit("second_factor.text.short", 5, 5 * MINUTE),
    Limit("second_factor.text.long", 20, DAY),
)

# Setting up an authenticator: each beginning may send a text. The secret is the citizen's own: guessing gains nothing.
FACTOR_SETUP: Final = (Limit("second_factor.setup.hour", 10, HOUR), Limit("second_factor.setup.day", 20, DAY))
FACTOR_SETUP_CODE: Final = Limit("second_factor.setup.code", 20, 10 * MINUTE)

# At an upstream's sign-in page. Nothing can be guessed there; each return costs one call of the upstream.
UPSTREAM_BROWSER: Final = Limit("upstream_sign_in.browser", 30, 10 * MINUTE)
UPSTREAM_ADDRESS: Final = Limit("upstream_sign_in.address", 1000, HOUR)
LINK_CITIZEN: Final = Limit("link.citizen", 20, DAY)

# Proof. Upstreams charge for a no as for a yes, and a check of name and number is an oracle for who exists.
PROOF_CITIZEN: Final = Limit("proof.citizen", 10, DAY)
# The count is the channel's own (facts.hourly_tries).
PROOF_CITIZEN_CHANNEL: Final = Limit("proof.citizen_channel", 5, HOUR)
PROOF_NUMBER: Final = Limit("proof.number", 10, HOUR)
# A card check costs money and one of the card's few tries at its bank, and sends a text: also when it goes well and is
# then left lying. Per card as the banks count (channels.md 5.7), per phone as the text messages, and per account.
PROOF_CARD: Final = Limit("proof.card", 5, DAY)
PROOF_CARD_CITIZEN: Final = Limit("proof.card.citizen", 10, DAY)
PROOF_PHONE: Final = (Limit("proof.phone.hour", 5, HOUR), Limit("proof.phone.day", 10, DAY))
PROOF_ADDRESS: Final = (Limit("proof.address.hour", 120, HOUR), Limit("proof.address.day", 1000, DAY))
PROOF_CHANNEL: Final = Limit("proof.channel", 600, MINUTE)
# By relying party and channel: one that drives thousands of paid checks leaves the others theirs. By day at most this,
# and no more than half of the quota where the channel has one.
PROOF_CLIENT_MINUTE: Final = Limit("proof.client.minute", 200, MINUTE)
PROOF_CLIENT_DAY: Final = Limit("proof.client.day", 20_000, DAY)
PROOF_REPLIES: Final = Limit("proof.replies", 60, MINUTE)
BEGIN_CITIZEN: Final = Limit("proof.begin.citizen", 30, HOUR)
BEGIN_ADDRESS: Final = Limit("proof.begin.address", 600, HOUR)
# Where a beginning asks the upstream already (facts.begin_costs), it costs as a try does.
BEGIN_PAID_CITIZEN: Final = (
    Limit("proof.begin.paid.citizen.hour", 10, HOUR),
    Limit("proof.begin.paid.citizen.day", 20, DAY),
)
# A run at the camera takes seconds of a processor, whatever comes of it. Twenty tries of a whole hall are far below.
CAPTURE_CITIZEN: Final = (Limit("capture.citizen.hour", 9, HOUR), Limit("capture.citizen.day", 24, DAY))
CAPTURE_BROWSER: Final = Limit("capture.browser", 30, DAY)
CAPTURE_ADDRESS: Final = Limit("capture.address", 240, HOUR)
_PREFIX_DIGITS: Final = len("+86") + 7

# Whoever disputes a number freezes another account with his own: rarely needed, so rarely allowed.
DISPUTE: Final = Limit("proof.dispute", 3, 30 * DAY)
# Many accounts of one stranger must not keep a citizen frozen either.
DISPUTE_HOLDER: Final = Limit("proof.dispute.holder", 6, 30 * DAY)

# The code of a self-service terminal. Only wrong ones count; behind an address stands a hall, behind "all" everybody.
USER_CODE_BROWSER: Final = Limit("user_code.browser", 10, 10 * MINUTE)
USER_CODE_ADDRESS: Final = Limit("user_code.address", 200, HOUR)
USER_CODE_CITIZEN: Final = Limit("user_code.citizen", 20, HOUR)
USER_CODE_ALL: Final = Limit("user_code.all", 20_000, HOUR)
# Requests by telephone: a citizen is asked so often at most, and texted less often. One relying party has half of what
# all have together: none of them silences the hotline.
APPROVAL_ASKED: Final = (Limit("approval.asked.short", 6, 5 * MINUTE), Limit("approval.asked.day", 20, DAY))
APPROVAL_CLIENT: Final = (Limit("approval.client.short", 3, 5 * MINUTE), Limit("approval.client.day", 10, DAY))
APPROVAL_TEXT: Final = (Limit("approval.text.short", 1, 10 * MINUTE), Limit("approval.text.day", 5, DAY))

GUARDIAN_CODE: Final = Limit("guardian.code", 10, HOUR)
GUARDIAN_GUESS: Final = Limit("guardian.guess", 5, HOUR)
GUARDIAN_PLACE: Final = Limit("guardian.place", 60, HOUR)


def each(limits: Limit | Sequence[Limit], key: str) -> list[tuple[Limit, str]]:
    """The same key under each of ``limits``."""
    return [(limit, key) for limit in ([limits] if isinstance(limits, Limit) else limits)]


def sms_of_all(mobile: str) -> Pairs:
    """What a text to ``mobile`` (E.164) counts against besides its own number: its prefix, and all texts together."""
    return [*each(SMS_PREFIX, mobile[:_PREFIX_DIGITS]), *each(SMS_ALL, "")]


def spend(limits: Limits, pairs: Pairs, *, now: float) -> None:
    """Count one of each. Raises LimitReached with the first that is full."""
    full = limits.hit(pairs, now=now)
    if full is not None:
        raise LimitReached(full[0].name, full[1])


def forget(limits: Limits, pairs: Pairs) -> None:
    """Forget everything counted for each (after a success)."""
    for limit, key in pairs:
        limits.reset(limit, key)
