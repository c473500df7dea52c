"""Why a portrait service compared nothing, by what it says and, failing that, by its status.

The statuses are published, which is which is not (channels.md 3.3.3: A); the texts are those that comparison services
are known to answer with (10.3, ``face_compare_result_codes.json``). A text is only looked through for these phrases: it
is neither shown nor logged.
"""

from collections.abc import Mapping
from typing import Final

from idp.domain.channel import Reason

BY_STATUS: Final[Mapping[str, Reason]] = {"-2": Reason.NO_PORTRAIT, "-3": Reason.CAPTURE_FAILED}
BY_PHRASE: Final[Mapping[str, Reason]] = {
    "未查询到身份信息": Reason.NOT_FOUND,
    "姓名和身份证号不匹配": Reason.MISMATCH_NAME,
    "姓名有误": Reason.BAD_INPUT,
    "身份证号有误": Reason.BAD_INPUT,
    # Theirs to compare with: none, too coarse, or out of reach for this person.
    "未查询到照片信息": Reason.NO_PORTRAIT,
    "查询到照片分辨率过低": Reason.NO_PORTRAIT,
    "身份信息比对源不可用": Reason.NO_PORTRAIT,
    # Ours: take another picture.
    "照片质量不合格": Reason.CAPTURE_FAILED,
    "照片分辨率过低": Reason.CAPTURE_FAILED,
    "脸部未完整露出": Reason.CAPTURE_FAILED,
    "疑似非真人": Reason.LIVENESS_FAILED,
    "人脸识别验证未成功": Reason.LIVENESS_FAILED,
    "无法判断为同一人": Reason.MISMATCH_FACE,
    "次数过多": Reason.TOO_MANY_TRIES,
    "业务策略限制": Reason.RISK_CONTROL,
}


def reason_of(status: str, text: str) -> Reason | None:
    """Why the person was not compared; None when the answer says nothing about them: the service failed."""
    said = next((reason for phrase, reason in BY_PHRASE.items() if phrase in text), None)
    return said or BY_STATUS.get(status)
