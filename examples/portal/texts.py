"""Every word of the portals, Chinese first. Keys of the two languages are equal (tested)."""

from collections.abc import Mapping
from typing import Final

CHINESE: Final = "zh-CN"
ENGLISH: Final = "en"

TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "hall": {CHINESE: "省级政务服务大厅", ENGLISH: "Provincial service hall"},
    "insurance": {CHINESE: "社会保险查询", ENGLISH: "Social insurance records"},
}
INTRODUCTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "hall": {
        CHINESE: "办理事项需要实名：本站请求“初级实名”（公安人口信息核验姓名和身份证号），并显示收到的信息。",
        ENGLISH: "Services here need a real name: this portal asks for level 1 (name and ID number checked with the "
        "police population register) and shows what it received.",
    },
    "insurance": {
        CHINESE: "本站只需要知道“是同一个人”：已在其他门户登录的，点击后直接进入，不再出现任何页面。",
        ENGLISH: "This portal only needs to know that it is the same person: whoever is signed in at another portal "
        "comes straight in, without any page between.",
    },
}

_ZH: Final[Mapping[str, str]] = {
    "demo": "演示门户，所有人员和数据均为虚构",
    "skip": "跳到正文",
    "other_language": "English",
    "sign_in": "使用一号通登录",
    "sign_out": "退出登录",
    "sign_out_note": "退出后，您在其他门户的登录也一并结束。",
    "signed_in_as": "您好，{name}",
    "someone": "您已登录",
    "level": "实名等级",
    "level_now": "登录之后，您的实名等级变为：{level}",
    "level_0": "未实名",
    "level_1": "初级实名",
    "level_2": "中级实名",
    "level_3": "高级实名",
    "id_token": "身份令牌（ID Token）中的信息",
    "userinfo": "用户信息接口（UserInfo）返回的信息",
    "claim": "字段",
    "value": "值",
    "nothing": "没有返回任何信息",
    "neighbour": "前往“{title}”（无需再次登录）",
    "signed_out_title": "您已退出",
    "signed_out_text": "您在本站和其他门户的登录均已结束。公用设备上请关闭浏览器。",
    "home": "返回首页",
    "error_title": "没有登录成功",
    "error_code": "错误代码",
    "error_next": "您可以",
    "try_again": "重新登录",
    "not_found_title": "没有这个页面",
    "not_found_text": "请检查地址，或返回首页。",
}
_EN: Final[Mapping[str, str]] = {
    "demo": "Demonstration portal; all people and data are invented",
    "skip": "Skip to content",
    "other_language": "中文",
    "sign_in": "Sign in with Yihaotong",
    "sign_out": "Sign out",
    "sign_out_note": "This also ends your sign-in at the other portals.",
    "signed_in_as": "Hello, {name}",
    "someone": "You are signed in",
    "level": "Real-name level",
    "level_now": "Since you signed in, your real-name level has become: {level}",
    "level_0": "unproved",
    "level_1": "basic",
    "level_2": "medium",
    "level_3": "high",
    "id_token": "What the ID token says",
    "userinfo": "What the UserInfo endpoint says",
    "claim": "Claim",
    "value": "Value",
    "nothing": "Nothing was returned",
    "neighbour": "Go to {title} (no second sign-in)",
    "signed_out_title": "You are signed out",
    "signed_out_text": "Your sign-in here and at the other portals has ended. On a shared device, close the browser.",
    "home": "Home",
    "error_title": "You are not signed in",
    "error_code": "Error code",
    "error_next": "What you can do",
    "try_again": "Sign in again",
    "not_found_title": "There is no such page",
    "not_found_text": "Check the address, or return to the home page.",
}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {CHINESE: _ZH, ENGLISH: _EN}

# What a citizen reads for an error code: those of RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6,
# unmet_authentication_requirements, and our own (the last six).
ERRORS: Final[Mapping[str, Mapping[str, str]]] = {
    "access_denied": {
        CHINESE: "您没有同意提供信息，所以没有登录。需要办理时可以重新登录并选择同意。",
        ENGLISH: "You did not agree to share the information, so you were not signed in. Sign in again to agree.",
    },
    "unmet_authentication_requirements": {
        CHINESE: "本站需要的实名等级没有达到。请重新登录并完成实名核验；也可以到政务大厅窗口办理。",
        ENGLISH: "The real-name level this portal needs was not reached. Sign in again and prove your identity, or go "
        "to a service counter.",
    },
    "login_required": {
        CHINESE: "需要您先登录。请点击“重新登录”。",
        ENGLISH: "You need to sign in first.",
    },
    "interaction_required": {
        CHINESE: "还需要您确认一步。请点击“重新登录”。",
        ENGLISH: "One more step needs your confirmation. Sign in again.",
    },
    "consent_required": {
        CHINESE: "需要您同意提供信息。请点击“重新登录”。",
        ENGLISH: "Your agreement to share information is needed. Sign in again.",
    },
    "temporarily_unavailable": {
        CHINESE: "统一身份认证暂时繁忙，请几分钟后再试。",
        ENGLISH: "The identity service is busy. Try again in a few minutes.",
    },
    "server_error": {
        CHINESE: "统一身份认证出现故障，请稍后再试；仍不行请拨打 12345 并告知错误代码。",
        ENGLISH: "The identity service had a failure. Try again later; if it persists call 12345 and name the code.",
    },
    "provider_unreachable": {
        CHINESE: "暂时连接不上统一身份认证，请稍后再试。",
        ENGLISH: "The identity service cannot be reached at the moment. Try again later.",
    },
    "unknown_sign_in": {
        CHINESE: "这次登录不是从本浏览器发起的，或已经用过、已过期。请从本站重新登录。",
        ENGLISH: "This sign-in was not started in this browser, was used before or has expired. Start again here.",
    },
    "wrong_issuer": {
        CHINESE: "登录结果不是来自统一身份认证，已拒绝。请从本站重新登录。",
        ENGLISH: "The answer did not come from the identity service and was refused. Start again here.",
    },
    "bad_answer": {
        CHINESE: "登录结果没有通过安全检查，已拒绝。请重新登录；仍不行请拨打 12345 并告知错误代码。",
        ENGLISH: "The answer did not pass our security checks and was refused. Sign in again; if it persists call "
        "12345 and name the code.",
    },
    "level_not_reached": {
        CHINESE: "您的实名等级低于本站的要求。请重新登录并完成实名核验。",
        ENGLISH: "Your real-name level is below what this portal needs. Sign in again and prove your identity.",
    },
    "form_expired": {
        CHINESE: "页面已过期，没有执行操作。请返回首页再试一次。",
        ENGLISH: "The page had expired and nothing was done. Return to the home page and try again.",
    },
    "other": {
        CHINESE: "统一身份认证没有完成这次登录。请重新登录；仍不行请拨打 12345 并告知错误代码。",
        ENGLISH: "The identity service did not complete this sign-in. Sign in again; if it persists call 12345 and "
        "name the code.",
    },
}

# What a claim means; a claim that is not here is shown by its name alone.
CLAIMS: Final[Mapping[str, Mapping[str, str]]] = {
    "sub": {CHINESE: "您在本站的编号（各门户不同）", ENGLISH: "your number at this portal (differs per portal)"},
    "name": {CHINESE: "姓名", ENGLISH: "name"},
    "birthdate": {CHINESE: "出生日期", ENGLISH: "date of birth"},
    "gender": {CHINESE: "性别", ENGLISH: "sex"},
    "phone_number": {CHINESE: "手机号", ENGLISH: "mobile number"},
    "phone_number_verified": {CHINESE: "手机号已验证", ENGLISH: "mobile number is confirmed"},
    "urn:yihaotong:claims:id_number": {CHINESE: "身份证号", ENGLISH: "ID number"},
    "urn:yihaotong:claims:document_kind": {CHINESE: "证件类型", ENGLISH: "kind of document"},
    "urn:yihaotong:claims:realname_level": {CHINESE: "实名等级", ENGLISH: "real-name level"},
    "acr": {CHINESE: "本次登录达到的实名等级", ENGLISH: "level this sign-in reached"},
    "amr": {CHINESE: "本次登录的验证方式", ENGLISH: "how you were authenticated"},
    "auth_time": {CHINESE: "验证时间", ENGLISH: "when you were authenticated"},
    "iss": {CHINESE: "签发方", ENGLISH: "issued by"},
    "aud": {CHINESE: "签发给", ENGLISH: "issued to"},
    "azp": {CHINESE: "请求方", ENGLISH: "requested by"},
    "iat": {CHINESE: "签发时间", ENGLISH: "issued at"},
    "exp": {CHINESE: "有效期至", ENGLISH: "valid until"},
    "nonce": {CHINESE: "防重放随机数", ENGLISH: "guard against replay"},
    "at_hash": {CHINESE: "访问令牌摘要", ENGLISH: "digest of the access token"},
    "sid": {CHINESE: "会话编号", ENGLISH: "session number"},
}
TIMES: Final = frozenset({"iat", "exp", "auth_time"})
