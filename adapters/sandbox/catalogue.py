"""The upstreams as a table: what each is called, where it is, what it is asked, and which faults it cannot have.

The control interface refuses a fault that a protocol has no way to show, with the reason given here; the pages and
``docs/sandbox.md`` list the same reasons, and a test asks every upstream for every mode.
"""

from dataclasses import dataclass, field
from typing import Final

# Wire and gateway: whatever speaks HTTP can have these.
_HTTP: Final = ("http_500", "http_502", "http_503", "http_429")
_WIRE: Final = ("timeout", "slow", "reset", "garbage", "truncated", "flap", "big_body", "quota", "maintenance", "stale")
_CALLBACKS: Final = ("duplicate_callback", "early_callback")
_FACES: Final = ("no_verdict", "no_portrait")
_DELIVERY: Final = ("late_delivery", "undelivered", "duplicate_delivery")
MODES: Final = frozenset(
    (
        *_HTTP,
        *_WIRE,
        *_CALLBACKS,
        *_DELIVERY,
        *_FACES,
        "bad_signature",
        "wrong_cert",
        "wrong_subject",
        "xxe",
        "encoding_gbk",
    )
)

_NO_WAY_BACK: Final = "the answer comes in the same connection; nothing comes back through a browser"
_POLLED: Final = "the provider asks for the result; nothing comes back through a browser"
_CARRIES: Final = "what comes back is a one-time code that is good at once; no result could be late behind it"
_NO_FACES: Final = "it compares no face with a portrait of the register"
_NO_TEXTS: Final = "it delivers no text messages"
_NO_CERTIFICATE: Final = "its answers carry no certificate"
_UNSIGNED: Final = "its answers carry no signature; the real one relies on TLS alone"


@dataclass(frozen=True, slots=True)
class Upstream:
    """One upstream. ``only``: the operations in which a mode can show; ``impossible``: why a mode cannot, at all.

    ``latency`` is a plausible median and 95th percentile in milliseconds (channels.md, per section).
    """

    name: str
    title: str
    where: str
    operations: tuple[str, ...]
    latency: tuple[int, int]
    impossible: dict[str, str]
    only: dict[str, frozenset[str]] = field(default_factory=dict)
    pages: tuple[tuple[str, str], ...] = ()
    # Operations that are pages of people: the callback modes strike them, and nothing else.
    for_people: frozenset[str] = frozenset()


def _without(why: str, *modes: str) -> dict[str, str]:
    return dict.fromkeys(modes, why)


_SECRETS: Final = frozenset({"token", "refresh"})

UPSTREAMS: Final = (
    Upstream(
        "police",
        "公安人口信息（交换平台、NCIIC、人像比对）",
        "/police",
        ("token", "refresh", "2109", "nciicCheck", "rkkjzxxcx", "rkkrxbd", "httpproxy", "basic_check"),
        (300, 2000),
        _without(_NO_CERTIFICATE, "wrong_cert") | _without(_NO_WAY_BACK, *_CALLBACKS) | _without(_NO_TEXTS, *_DELIVERY),
        {
            "bad_signature": _SECRETS,
            **dict.fromkeys(_FACES, frozenset({"rkkrxbd"})),
            "wrong_subject": frozenset({"2109", "nciicCheck", "rkkjzxxcx", "rkkrxbd", "httpproxy", "basic_check"}),
        },
        (("NCIIC WSDL", "/police/nciic_ws/services/NciicServices?wsdl"),),
    ),
    Upstream(
        "business_registry",
        "工商法人信息、四要素、电子营业执照",
        "/business_registry、/elicence",
        ("token", "refresh", "qyjbxxyz", "checkFourItem", "challenge", "result"),
        (500, 2500),
        _without(_POLLED, *_CALLBACKS) | _without(_NO_TEXTS, *_DELIVERY) | _without(_NO_FACES, *_FACES),
        {
            "bad_signature": _SECRETS | {"result"},
            "wrong_cert": frozenset({"result"}),
            "wrong_subject": frozenset({"qyjbxxyz", "checkFourItem", "result"}),
        },
    ),
    Upstream(
        "unionpay",
        "银联",
        "/unionpay",
        ("backTransReq", "queryTrans"),
        (800, 3000),
        _without(_NO_WAY_BACK, *_CALLBACKS) | _without(_NO_TEXTS, *_DELIVERY) | _without(_NO_FACES, *_FACES),
    ),
    Upstream(
        "carrier",
        "运营商三要素",
        "/carrier",
        ("verify",),
        (300, 1500),
        _without(_NO_CERTIFICATE, "wrong_cert")
        | _without(_NO_WAY_BACK, *_CALLBACKS)
        | _without(_NO_TEXTS, *_DELIVERY)
        | _without(_NO_FACES, *_FACES),
    ),
    Upstream(
        "social_security",
        "社保、电子社保卡",
        "/social",
        ("token", "refresh", "record", "h5", "h5_decision", "query"),
        (500, 3000),
        _without(_NO_CERTIFICATE, "wrong_cert") | _without(_NO_TEXTS, *_DELIVERY) | _without(_NO_FACES, *_FACES),
        {
            "bad_signature": _SECRETS,
            "wrong_subject": frozenset({"query"}),
            "duplicate_callback": frozenset({"h5_decision"}),
            "early_callback": frozenset({"h5_decision"}),
        },
    ),
    Upstream(
        "alipay_account",
        "支付宝账户核验",
        "/alipay",
        (
            "alipay.user.certdoc.certverify.preconsult",
            "alipay.system.oauth.token",
            "alipay.user.certdoc.certverify.consult",
            "consent",
        ),
        (300, 1200),
        _without("its answers name nobody who was asked about: they say T or F for an opaque number", "wrong_subject")
        | _without(_CARRIES, "early_callback")
        | _without(_NO_TEXTS, *_DELIVERY)
        | _without(_NO_FACES, *_FACES),
        {"duplicate_callback": frozenset({"consent"})},
        for_people=frozenset({"consent"}),
    ),
    Upstream(
        "zhima_face",
        "芝麻扫脸",
        "/alipay",
        ("alipay.user.certify.open.initialize", "alipay.user.certify.open.query", "face"),
        (500, 1500),
        _without(_NO_TEXTS, *_DELIVERY) | _without(_NO_FACES, *_FACES),
        {
            "wrong_subject": frozenset({"alipay.user.certify.open.query"}),
            "duplicate_callback": frozenset({"face"}),
            "early_callback": frozenset({"face"}),
        },
        for_people=frozenset({"face"}),
    ),
    Upstream(
        "wechat",
        "微信",
        "/wechat",
        (
            "stable_token",
            "token",
            "oauth2_access_token",
            "oauth2_refresh_token",
            "jscode2session",
            "sns_auth",
            "sns_userinfo",
            "getverifyid",
            "queryverifyinfo",
            "invokecloudfunction",
            "confirm",
        ),
        (300, 1200),
        _without(_UNSIGNED, "bad_signature")
        | _without(_NO_CERTIFICATE, "wrong_cert")
        | _without(_CARRIES, "early_callback")
        | _without(_NO_TEXTS, *_DELIVERY)
        | _without(_NO_FACES, *_FACES),
        {
            "wrong_subject": frozenset({"getverifyid", "queryverifyinfo", "invokecloudfunction"}),
            "duplicate_callback": frozenset({"confirm"}),
        },
        (("手机", "/wechat/phone"),),
        for_people=frozenset({"confirm"}),
    ),
    Upstream(
        "counter",
        "大厅窗口核验系统",
        "/counter",
        ("open", "verdict"),
        (200, 800),
        _without(_POLLED, *_CALLBACKS) | _without(_NO_TEXTS, *_DELIVERY) | _without(_NO_FACES, *_FACES),
        pages=(("工作人员页面", "/counter/desk"),),
    ),
    Upstream(
        "sms",
        "短信网关（阿里云形式）",
        "/sms/",
        ("SendSms",),
        (200, 800),
        _without(_UNSIGNED, "bad_signature")
        | _without(_NO_CERTIFICATE, "wrong_cert")
        | _without("its answer repeats nothing of the request", "wrong_subject")
        | _without("it calls nobody back: the sandbox makes no outbound connection", *_CALLBACKS)
        | _without(_NO_FACES, *_FACES),
        pages=(("短信收件箱", "/sms/inbox"),),
    ),
    Upstream(
        "cmpp",
        "短信网关（CMPP 2.0，TCP）",
        "127.0.0.1:7890",
        ("connect", "submit", "active_test", "terminate"),
        (50, 300),
        _without("it does not speak HTTP", *_HTTP)
        | _without(_NO_CERTIFICATE, "wrong_cert")
        | _without("its packets are binary: no document could hold an entity", "xxe")
        | _without("its answers hold no text", "encoding_gbk")
        | _without(_NO_FACES, *_FACES),
        {
            "bad_signature": frozenset({"connect"}),
            "quota": frozenset({"submit"}),
            "maintenance": frozenset({"connect", "submit"}),
            **dict.fromkeys((*_CALLBACKS, *_DELIVERY), frozenset({"submit"})),
        },
        (("短信收件箱", "/sms/inbox"),),
    ),
)
BY_NAME: Final = {upstream.name: upstream for upstream in UPSTREAMS}
IMPOSSIBLE: Final = {(u.name, mode): why for u in UPSTREAMS for mode, why in u.impossible.items()}


def why_not(channel: str, mode: str, operation: str | None = None) -> str | None:
    """Why a fault cannot show at this channel, or in this operation of it; None when it can."""
    upstream = BY_NAME.get(channel)
    if upstream is None:
        return None
    if mode in upstream.impossible:
        return upstream.impossible[mode]
    if operation is None:
        return None
    if mode in upstream.only and operation not in upstream.only[mode]:
        return f"it shows only in {', '.join(sorted(upstream.only[mode]))}"
    if operation in upstream.for_people and mode not in _CALLBACKS:
        return "this is a page of people: it knows the callback faults alone"
    return None
