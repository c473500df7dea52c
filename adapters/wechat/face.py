"""人脸核身, second interface: open a session, ask for its result (channels.md 9.4)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.http import IDEMPOTENT_CHECK
from adapters.wechat import errors
from adapters.wechat.api import FACE_OPEN, WechatApi
from adapters.wechat.settings import CHANNEL
from idp.domain.channel import Reason
from idp.domain.errors import Unavailable

CERT_TYPE: Final = "IDENTITY_CARD"
_FACE: Final = "/cityservice/face/identify"
PASSED: Final = 10000
PENDING: Final = frozenset({10005, 10021, 10300})
REASONS: Final[Mapping[int, Reason]] = {
    10002: Reason.CAPTURE_FAILED,
    10003: Reason.MISMATCH_NUMBER,
    10004: Reason.MISMATCH_FACE,
    10010: Reason.CAPTURE_FAILED,
    10012: Reason.MISMATCH_FACE,
    10020: Reason.TIMEOUT_BY_USER,
    10026: Reason.NOT_FOUND,
    90001: Reason.DEVICE_UNSUPPORTED,
    **dict.fromkeys(range(90002, 90007), Reason.USER_CANCELLED),
    90008: Reason.PERMISSION_DENIED,
    90009: Reason.PERMISSION_DENIED,
    90010: Reason.PERMISSION_DENIED,
    90011: Reason.CAPTURE_FAILED,
    90013: Reason.CAPTURE_FAILED,
    90014: Reason.CAPTURE_FAILED,
    90017: Reason.TIMEOUT_BY_USER,
    90106: Reason.DEVICE_UNSUPPORTED,
    90107: Reason.TIMEOUT_BY_USER,
    90109: Reason.DEVICE_UNSUPPORTED,
}
_OURS_TO_REPAIR: Final = frozenset({10001, 10006, 10017, 10018, 10040, 10041})
_THROTTLED: Final = 10042


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose face is compared, and on which WeChat account's phone."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    openid: str = field(repr=False)


def cert_hash(name: str, number: str) -> str:
    """Digest of the certificate as the query wants it: lower-case hex (vectors ``cert_hash``)."""
    values = {"cert_type": CERT_TYPE, "cert_name": name, "cert_no": number}
    joined = "&".join(f"{key}={base64.b64encode(value.encode()).decode()}" for key, value in values.items())
    return hashlib.sha256(joined.encode()).hexdigest()


def open_session(api: WechatApi, subject: Subject, out_seq_no: str, deadline: float) -> str:
    """The ``verify_id`` of a new session; ``out_seq_no`` must never have been used. Raises as the API does."""
    cert_info = {"cert_type": CERT_TYPE, "cert_name": subject.name, "cert_no": subject.number}
    body = {"out_seq_no": out_seq_no, "cert_info": cert_info, "openid": subject.openid}
    answer = api.post("getverifyid", f"{_FACE}/getverifyid", body, FACE_OPEN, deadline=deadline)
    if errors.whole_number(answer, "expires_in") <= 0:
        raise Unavailable(CHANNEL, "a face session without life")
    return errors.text(answer, "verify_id", most=256)


def result(api: WechatApi, subject: Subject, verify_id: str, out_seq_no: str, deadline: float) -> int:
    """``verify_ret``: the only result there is; the phone's word is none. Raises as the API does."""
    body = {
        "verify_id": verify_id,
        "out_seq_no": out_seq_no,
        "cert_hash": cert_hash(subject.name, subject.number),
        "openid": subject.openid,
    }
    answer = api.post(
        "queryverifyinfo",
        f"{_FACE}/queryverifyinfo",
        body,
        IDEMPOTENT_CHECK,
        deadline=deadline,
        unknown_is_distrusted=True,
    )
    return errors.whole_number(answer, "verify_ret")


def read(verify_ret: int, *, now: float) -> Reason | None:
    """Why not, or None for a pass; a pending code is no argument. Raises Unavailable, also for unknown codes."""
    if verify_ret == PASSED:
        return None
    if verify_ret in REASONS:
        return REASONS[verify_ret]
    if verify_ret == _THROTTLED:
        raise Unavailable(CHANNEL, "throttled", retry_at=now + errors.MINUTE)
    # WeChat keeps to its result of a session; only another session can have another one (9.4).
    raise Unavailable(CHANNEL, f"verify_ret {verify_ret}", alert=verify_ret in _OURS_TO_REPAIR, over=True)
