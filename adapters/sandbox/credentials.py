"""What the sandbox upstreams issued to the one customer they have. TEST ONLY: every value is public."""

from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from adapters.sandbox.counter.issued import counter_settings
from adapters.sandbox.unionpay_ciphers import pem


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys and grants of the sandbox's customer. TEST ONLY."""

    gateway_appid: str = "7f0e1d2c3b4a59687f0e1d2c3b4a5968"
    gateway_key: str = field(default="N2YwZTFkMmMzYjRhNTk2ODdmMGUxZDJjM2I0YTU5Njg6MTIzNDU2", repr=False)
    rid: str = "11111111-2222-4333-8444-555555555555@df-901"
    national_key: str = field(default="0123456789abcdef0123456789abcdef", repr=False)
    sids: frozenset[str] = frozenset({
        "s_1200000900000_2108", "s_1200000900000_2109", "s_3700000900000_sbk", "SBX-QYJBXXYZ",
    })  # fmt: skip
    soap_user: str = "sandbox-user"
    soap_password: str = field(default="c2FuZGJveC1wYXNz", repr=False)
    api_id: str = "SBX-RXBD-01"
    from_user: str = "SBX-USER-01"
    nciic_licence: str = field(default="TEST-ONLY-LICENCE-0001", repr=False)
    md5_app_key: str = "A1B2C3D4E5F60718"
    md5_app_secret: str = field(default="0f1e2d3c4b5a69788796a5b4c3d2e1f0", repr=False)
    csb_access_key: str = "ak-test-0001"
    csb_secret_key: str = field(default="sk-test-0001", repr=False)
    essc_access_id: str = "p001"
    essc_secret_key: str = field(default="sk-test-0001", repr=False)
    essc_channel_number: str = "3700000001"
    essc_private_key: str = field(
        default="a20045e50080e5c0905c56d80ca40115cd41b53274db6a93509af0efd718a711", repr=False
    )
    essc_public_key: str = (
        "0442ae2417a55495bd21bd0741f68e1db1f2976d29a1d57dbb31faf94f40679"
        "8c50aa30a56a74fbbef63a9b95b58faea4d3bfb5c59a859ae9d22bf4f3249937491"
    )
    registry_sid: str = "SBX-QYJBXXYZ"
    registry_user: str = "SBX-REGISTRY-01"
    registry_password: str = field(default="cmVnaXN0cnktcGFzcw", repr=False)
    four_app_id: str = "SBX-FOUR-01"
    four_device_id: str = "SBX-DEVICE-01"
    four_secret: str = field(default="four-element-test-secret", repr=False)
    e_licence_app_id: str = "SDZWFW"
    e_licence_key: str = field(default="elicence-test-key", repr=False)
    sms_access_key_id: str = "testAccessKeyId"
    sms_access_key_secret: str = field(default="testSecret", repr=False)
    sms_sign_name: str = "一号通"
    sms_template_code: str = "SMS_000000001"
    sms_notice_template_code: str = "SMS_000000002"
    cmpp_source: str = "901234"
    cmpp_secret: str = field(default="1234", repr=False)
    wechat_app_id: str = "wx0000000000000002"
    wechat_app_secret: str = field(default="00112233445566778899aabbccddeeff", repr=False)
    wechat_web_app_id: str = "wx0000000000000001"
    wechat_web_app_secret: str = field(default="ffeeddccbbaa99887766554433221100", repr=False)
    wechat_official_app_id: str = "wx0000000000000003"
    wechat_official_app_secret: str = field(default="8899aabbccddeeff0011223344556677", repr=False)
    wechat_redirect_hosts: frozenset[str] = frozenset(
        {"127.0.0.1", "localhost", "idp.test", "id.example", "sso.example.gov.cn"}
    )
    wechat_cloud_env: str = "sandbox-1g2h3i"
    wechat_function: str = "realname_handover"
    ant_app_id: str = "2021000000000001"
    unionpay_merchant_id: str = "777290058110048"
    unionpay_secure_key: str = field(default="88888888", repr=False)
    carrier_app_id: str = "SBX-CARRIER-01"
    carrier_app_secret: str = field(default="TEST-ONLY-carrier-secret-00000001", repr=False)


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
        "gateway_json": {
            "app_id": c.gateway_appid,
            "app_key": c.gateway_key,
            "api_id": c.api_id,
            "from_user": c.from_user,
        },
        "national_json": {"app_id": c.rid, "app_key": c.national_key},
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


def portrait_settings(base_url: str, profile: str = "gateway") -> dict[str, str]:
    """Settings with which ``local_face`` is a customer of this sandbox."""
    c = ISSUED
    by_profile = {"gateway": {"app_id": c.gateway_appid, "app_key": c.gateway_key}, "headers": {}}
    common = {"base_url": f"{base_url}/police", "profile": profile, "api_id": c.api_id, "from_user": c.from_user}
    return common | by_profile[profile]


def key_file(name: str) -> bytes:
    """A PEM file of the sandbox. TEST ONLY."""
    return (resources.files(__package__) / "keys" / f"{name}.pem").read_bytes()


def ant_settings(base_url: str) -> dict[str, str]:
    """Settings with which an Ant channel is an application at this sandbox; keys as the vendor's tools write them."""

    def bare(name: str) -> str:
        return "".join(line for line in key_file(name).decode().splitlines() if not line.startswith("-----"))

    return {
        "base_url": f"{base_url}/alipay",
        "app_id": ISSUED.ant_app_id,
        "app_private_key": bare("alipay_app_private"),
        "alipay_public_key": bare("alipay_platform_public"),
    }


def alipay_settings(base_url: str) -> dict[str, str]:
    """The same with the consent page of this sandbox."""
    return ant_settings(base_url) | {"authorize_url": f"{base_url}/alipay/oauth2/publicAppAuthorize.htm"}


def sms_settings(base_url: str) -> dict[str, str]:
    """Settings with which the SMS gateway client is a customer of this sandbox."""
    c = ISSUED
    return {
        "base_url": f"{base_url}/sms",
        "access_key_id": c.sms_access_key_id,
        "access_key_secret": c.sms_access_key_secret,
        "sign_name": c.sms_sign_name,
        "template_code": c.sms_template_code,
        "notice_template_code": c.sms_notice_template_code,
    }


def social_settings(mode: str, base_url: str) -> dict[str, str]:
    """Settings of the social-security channel: ``ecard``, ``record``, or ``national``, the record by that platform."""
    c = ISSUED
    by_mode = {
        "ecard": {
            "entry_url": f"{base_url}/social/essc/h5",
            "access_id": c.essc_access_id,
            "secret_key": c.essc_secret_key,
            "platform_public_key": c.essc_public_key,
            "channel_number": c.essc_channel_number,
        },
        "record": {"app_id": c.gateway_appid, "app_key": c.gateway_key},
        "national": {
            "mode": "record",
            "platform": "national",
            "sid": "s_3700000900000_sbk",
            "app_id": c.rid,
            "app_key": c.national_key,
        },
    }
    return {"base_url": f"{base_url}/social", "mode": mode, **by_mode[mode]}


def wechat_settings(base_url: str, mode: str = "face") -> dict[str, str]:
    """Settings with which the WeChat channel is a customer of this sandbox."""
    c = ISSUED
    return {
        "base_url": f"{base_url}/wechat",
        "connect_url": f"{base_url}/wechat",
        "scan_link": f"{base_url}/wechat/phone",
        "mode": mode,
        "app_id": c.wechat_app_id,
        "app_secret": c.wechat_app_secret,
        "web_app_id": c.wechat_web_app_id,
        "web_app_secret": c.wechat_web_app_secret,
        "official_app_id": c.wechat_official_app_id,
        "official_app_secret": c.wechat_official_app_secret,
        "cloud_env": c.wechat_cloud_env,
        "handover_function": c.wechat_function,
    }


def unionpay_settings(base_url: str, sign_method: str = "01") -> dict[str, str]:
    """Settings with which the card channel is a customer of this sandbox."""
    c = ISSUED
    keys = {
        "signing_key": pem("merchant_private"),
        "signing_certificate": pem("merchant_cert"),
        "root_certificate": pem("root_cert"),
        "middle_certificate": pem("middle_cert"),
    }
    return {
        "base_url": f"{base_url}/unionpay",
        "merchant_id": c.unionpay_merchant_id,
        "sign_method": sign_method,
        "encryption_certificate": pem("encrypt_cert"),
        "platform_name": "00040000:SIGN",
        "code_key": "TEST ONLY 0123456789abcdef0123456789abcdef",
        **(keys if sign_method == "01" else {"secure_key": c.unionpay_secure_key}),
    }


def carrier_settings(base_url: str) -> dict[str, str]:
    """Settings with which the three-element channel is a customer of this sandbox."""
    c = ISSUED
    return {
        "base_url": f"{base_url}/carrier",
        "app_id": c.carrier_app_id,
        "app_secret": c.carrier_app_secret,
        "code_key": "TEST ONLY fedcba9876543210fedcba9876543210",
    }


def registry_settings(way: str, base_url: str, *, profile: str = "gateway") -> dict[str, str]:
    """Settings with which the business registry channel is a customer of this sandbox."""
    c = ISSUED
    by_profile = {
        "gateway": {
            "app_id": c.gateway_appid,
            "app_key": c.gateway_key,
            "basic_user": c.registry_user,
            "basic_password": c.registry_password,
        },
        "national": {"app_id": c.rid, "app_key": c.national_key, "sid": c.registry_sid},
    }
    record = {"base_url": f"{base_url}/business_registry", "profile": profile, **by_profile[profile]}
    four = {
        "four_base_url": f"{base_url}/business_registry",
        "four_app_id": c.four_app_id,
        "four_device_id": c.four_device_id,
        "four_secret": c.four_secret,
    }
    e_licence = {
        "e_licence_base_url": base_url,
        "e_licence_app_id": c.e_licence_app_id,
        "e_licence_key": c.e_licence_key,
        "e_licence_issuers": (resources.files(__package__) / "elicence" / "root.pem").read_text(encoding="ascii"),
    }
    return {"way": way, **{"record": record, "four_elements": record | four, "e_licence": e_licence}[way]}


# The channels whose whole road, pages and all, has been walked: what the demonstration offers. Others are held by their
# contract suites and join this list one by one.
WALKED: Final = frozenset({
    "police_population", "social_security", "wechat_realname", "alipay_account", "zhima_face",
    "business_registry", "unionpay_card", "counter_verify", "local_face",
})  # fmt: skip


def walked_settings(base_url: str) -> dict[str, dict[str, str]]:
    """:func:`channel_settings` of the channels that the demonstration offers, plus ``sms``.

    Of the business register's ways the one that says something about a citizen.
    """
    every = channel_settings(base_url)
    plain = {"allow_plain_http": "true"} if base_url.startswith("http://") else {}
    every["business_registry"] = registry_settings("e_licence", base_url) | plain
    return {name: values for name, values in every.items() if name in WALKED | {"sms"}}


def channel_settings(base_url: str, *, profile: str = "gateway") -> dict[str, dict[str, str]]:
    """Every channel's settings for a sandbox served over plain http at ``base_url``, plus ``sms``."""
    plain = {"allow_plain_http": "true"} if base_url.startswith("http://") else {}
    return {
        "police_population": police_settings(profile, base_url) | plain,
        "social_security": social_settings("ecard", base_url) | plain,
        "alipay_account": alipay_settings(base_url) | plain,
        "zhima_face": ant_settings(base_url) | plain,
        "unionpay_card": unionpay_settings(base_url) | plain,
        "business_registry": registry_settings("record", base_url) | plain,
        "counter_verify": counter_settings(base_url) | plain,
        "local_face": portrait_settings(base_url) | plain,
        "carrier_three_element": carrier_settings(base_url) | plain,
        "sms": sms_settings(base_url) | plain,
        "wechat_realname": wechat_settings(base_url) | plain,
    }
