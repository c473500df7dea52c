"""What the sandbox upstreams issued to the one customer they have. TEST ONLY: every value is public."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys and grants of the sandbox's customer. TEST ONLY."""

    gateway_appid: str = "7f0e1d2c3b4a59687f0e1d2c3b4a5968"
    gateway_key: str = field(default="N2YwZTFkMmMzYjRhNTk2ODdmMGUxZDJjM2I0YTU5Njg6MTIzNDU2", repr=False)
    rid: str = "11111111-2222-4333-8444-555555555555@df-901"
    national_key: str = field(default="0123456789abcdef0123456789abcdef", repr=False)
    sids: frozenset[str] = frozenset({"s_1200000900000_2108", "s_1200000900000_2109"})
    soap_user: str = "sandbox-user"
    soap_password: str = field(default="c2FuZGJveC1wYXNz", repr=False)
    api_id: str = "SBX-RXBD-01"
    from_user: str = "SBX-USER-01"
    nciic_licence: str = field(default="TEST-ONLY-LICENCE-0001", repr=False)
    md5_app_key: str = "A1B2C3D4E5F60718"
    md5_app_secret: str = field(default="0f1e2d3c4b5a69788796a5b4c3d2e1f0", repr=False)
    csb_access_key: str = "ak-test-0001"
    csb_secret_key: str = field(default="sk-test-0001", repr=False)
    sms_access_key_id: str = "testAccessKeyId"
    sms_access_key_secret: str = field(default="testSecret", repr=False)
    sms_sign_name: str = "一号通"
    sms_template_code: str = "SMS_000000001"


ISSUED: Final = Credentials()

_PACKAGE_HEAD: Final = {
    "ministry_code": "GJXXZX",
    "ministry_name": "国家信息中心",
    "source_system_code": "37000000",
    "source_system_name": "山东省数据共享交换平台",
    "officer_id_number": "370102190303030015",
    "officer_name": "赵六",
    "unit_code": "11370000004502345A",
    "unit_name": "测试单位",
    "business_type_code": "00100103601",
    "business_type_name": "实名核验",
    "business_system_code": "00100103601001",
    "business_system_name": "统一身份认证平台",
}


def police_settings(profile: str, base_url: str) -> dict[str, str]:
    """Settings with which the police channel is a customer of this sandbox at ``base_url`` (of the whole sandbox)."""
    c = ISSUED
    soap = {**_PACKAGE_HEAD, "soap_user": c.soap_user, "soap_password": c.soap_password}
    by_profile = {
        "gateway": {"app_id": c.gateway_appid, "app_key": c.gateway_key, **soap},
        "national": {"app_id": c.rid, "app_key": c.national_key, **soap},
        "nciic": {
            "nciic_licence": c.nciic_licence,
            "nciic_sbm": "测试单位",
            "nciic_fsd": "250000",
            "nciic_ywlx": "政务服务实名认证",
        },
        "md5": {"app_id": c.md5_app_key, "app_secret": c.md5_app_secret, "md5_api_id": "001", "md5_service": "rkkjbxx"},
        "csb": {"app_id": c.csb_access_key, "app_secret": c.csb_secret_key, "csb_api_name": "rkk.basic.check"},
    }
    return {"base_url": f"{base_url}/police", "profile": profile, **by_profile[profile]}


def sms_settings(base_url: str) -> dict[str, str]:
    """Settings with which the SMS gateway client is a customer of this sandbox."""
    c = ISSUED
    return {
        "base_url": f"{base_url}/sms",
        "access_key_id": c.sms_access_key_id,
        "access_key_secret": c.sms_access_key_secret,
        "sign_name": c.sms_sign_name,
        "template_code": c.sms_template_code,
    }


def channel_settings(base_url: str, *, profile: str = "gateway") -> dict[str, dict[str, str]]:
    """Every channel's settings for a sandbox served over plain http at ``base_url``, plus ``sms``."""
    plain = {"allow_plain_http": "true"} if base_url.startswith("http://") else {}
    return {
        "police_population": police_settings(profile, base_url) | plain,
        "sms": sms_settings(base_url) | plain,
    }
