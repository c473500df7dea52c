"""Which faults each channel can meet, and what each must come to: channels.md section 15, as data.

What is possible is the sandbox's own catalogue: a mode that it declares impossible is never generated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from adapters.sandbox.catalogue import MODES, why_not


class Ending(Enum):
    """How the struck call ends for the person."""

    UNAVAILABLE = auto()
    DISTRUSTED = auto()
    NO_EFFECT = auto()
    UNSPENT_REFUSAL = auto()
    # The person cannot go on: the upstream's own page, or a text, is missing. The attempt waits until it expires.
    STUCK = auto()


class Moment(Enum):
    """When the fault begins: before the attempt, or before the reply that decides."""

    BEGINNING = "beginning"
    REPLY = "reply"


_U, _D, _N = (frozenset({each}) for each in (Ending.UNAVAILABLE, Ending.DISTRUSTED, Ending.NO_EFFECT))
# "Coverage of fault to outcome", line by line; after it the modes that the sandbox knows besides.
EXPECTED: Final[Mapping[str, frozenset[Ending]]] = {
    **dict.fromkeys(("timeout", "slow", "reset", "http_500", "http_502", "http_429", "quota", "maintenance"), _U),
    **dict.fromkeys(("garbage", "truncated", "bad_signature", "wrong_cert", "wrong_subject", "stale"), _D),
    **dict.fromkeys(("xxe", "big_body"), _D),
    **dict.fromkeys(("duplicate_callback", "early_callback"), _N),
    "http_503": _U,
    "encoding_gbk": _D,
    # Every second request fails: what may be repeated is, and nobody notices.
    "flap": _U | _N,
    "no_verdict": _D,
    "no_portrait": frozenset({Ending.UNSPENT_REFUSAL}),
    "late_delivery": _N,
    "duplicate_delivery": _N,
    "undelivered": frozenset({Ending.STUCK}),
}


@dataclass(frozen=True)
class Way:
    """A channel and one upstream behind it: what is asked there, which pages the person sees there.

    ``secrets``: operations that fetch what our own requests are signed with, and so speak of nobody.
    ``never_twice``: one-time codes, paid transactions, texts (2.4). ``deadline``: seconds of one call of ours.
    ``late``: milliseconds by operation, where the 9 s of ``slow`` are in time or pass the deadline when met twice.
    """

    channel: str
    upstream: str
    operations: tuple[str, ...]
    deadline: float
    pages: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    never_twice: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = (Moment.BEGINNING,)
    late: Mapping[str, int] = field(default_factory=dict)

    def operations_of(self, mode: str) -> tuple[str, ...]:
        """Where the mode can show. Pages of people know the callback faults alone, secrets grow stale unnoticed."""
        asked = (*self.secrets, *self.operations) if mode != "stale" else self.operations
        met = (*self.pages,) if mode.endswith("_callback") else asked
        return tuple(operation for operation in met if why_not(self.upstream, mode, operation) is None)


_BOTH: Final = tuple(Moment)
_CERTDOC: Final = "alipay.user.certdoc.certverify"
_CERTIFY: Final = "alipay.user.certify.open"
WAYS: Final = (
    Way("police_population", "police", ("2109",), 30, secrets=("token",)),
    Way("business_registry", "business_registry", ("challenge", "result"), 30, moments=_BOTH),
    Way(
        "unionpay_card",
        "unionpay",
        ("backTransReq", "queryTrans"),
        60,
        never_twice=("backTransReq",),
        late={"backTransReq": 31_000},
    ),
    Way("unionpay_card", "sms", ("SendSms",), 60, never_twice=("backTransReq", "SendSms")),
    Way("social_security", "social_security", ("query",), 30, pages=("h5_decision",)),
    Way(
        "alipay_account",
        "alipay_account",
        (f"{_CERTDOC}.preconsult", "alipay.system.oauth.token", f"{_CERTDOC}.consult"),
        30,
        pages=("consent",),
        never_twice=("alipay.system.oauth.token",),
        moments=_BOTH,
    ),
    Way("zhima_face", "zhima_face", (f"{_CERTIFY}.initialize", f"{_CERTIFY}.query"), 30, ("face",), moments=_BOTH),
    Way(
        "wechat_realname",
        "wechat",
        ("jscode2session", "getverifyid", "queryverifyinfo", "invokecloudfunction"),
        20,
        secrets=("stable_token",),
        never_twice=("jscode2session",),
        moments=_BOTH,
    ),
    Way("local_face", "police", ("rkkrxbd",), 30, secrets=("token",)),
    Way("counter_verify", "counter", ("open", "verdict"), 15, moments=_BOTH, late={"open": 6000, "verdict": 6000}),
)

# Where the protocol gives an old answer no mark by which it could be told: TLS alone keeps it away, and section 15's
# line cannot hold (docs/divergences.md). What happens instead is held here.
UNMARKED: Final[Mapping[tuple[str, str, Moment], frozenset[Ending]]] = {
    # An old number of a session or a consultation: the upstream's own page turns the person away.
    ("alipay_account", "stale", Moment.BEGINNING): frozenset({Ending.STUCK}),
    ("zhima_face", "stale", Moment.BEGINNING): frozenset({Ending.STUCK}),
    # An old yes.
    ("alipay_account", "stale", Moment.REPLY): _N,
    ("zhima_face", "stale", Moment.REPLY): _N,
    ("wechat_realname", "stale", Moment.REPLY): _N,
    ("unionpay_card sms", "stale", Moment.BEGINNING): _N,
}
# The gateway's word for it says that nothing was sent: it may be sent once more (docs/divergences.md).
NOT_SENT: Final = frozenset({("sms", "maintenance")})
# Whose reply carries a code that is spent by its first use: the same reply cannot come to a result again.
ONE_TIME_CODES: Final = frozenset({"alipay_account", "wechat_realname"})


@dataclass(frozen=True)
class Case:
    """One cell of the matrix."""

    way: Way
    mode: str
    moment: Moment

    @property
    def expected(self) -> frozenset[Ending]:
        """What section 15 says."""
        name = f"{self.way.channel} sms" if self.way.upstream == "sms" else self.way.channel
        return UNMARKED.get((name, self.mode, self.moment), EXPECTED[self.mode])

    @property
    def never_twice(self) -> tuple[str, ...]:
        """What one call of ours asks for once at most."""
        unsent = (self.way.upstream, self.mode) in NOT_SENT
        return tuple(name for name in self.way.never_twice if not (unsent and name in self.way.operations))

    @property
    def once(self) -> tuple[str, ...]:
        """What is asked for exactly once, whatever comes of it: each of them that the fault lets the attempt come to."""
        always = self.way.channel == "unionpay_card"
        return self.never_twice if always or (self.way.channel, self.moment) == ("alipay_account", Moment.REPLY) else ()

    def __str__(self) -> str:
        return f"{self.way.channel}-{self.way.upstream}-{self.mode}-{self.moment.value}"


def cases() -> Iterator[Case]:
    """Every fault that any operation of any channel can show."""
    for way in WAYS:
        for mode in sorted(MODES):
            if way.operations_of(mode):
                yield from (Case(way, mode, moment) for moment in way.moments)
