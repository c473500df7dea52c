"""Prints where to click and as whom."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from examples.demo.material import CITIZENS
from examples.demo.settings import ROOT, DemoSettings

POPULATION = ROOT / "adapters" / "sandbox" / "personas.json"
POLICE = {"match": "一致 match", "rejected": "拒绝 refused", "not_found": "查无此人 not found"}


def announcement(settings: DemoSettings, seconds: float) -> str:
    """Everything a newcomer needs, as text. ``seconds`` is how long the start took."""
    accounts: list[dict[str, Any]] = yaml.safe_load(CITIZENS.read_text(encoding="utf-8"))
    population = json.loads(POPULATION.read_text(encoding="utf-8"))["people"]
    numbers = {account["id_number"] for account in accounts}
    free = [person for person in population if person["id18"] not in numbers]
    places = [
        ("办事大厅 portal A (level 1)", settings.origin(settings.portal_a_port) + "/"),
        ("社保查询 portal B (no page)", settings.origin(settings.portal_b_port) + "/"),
        ("统一身份认证 provider", settings.issuer + "/"),
        ("沙箱 sandbox upstreams", settings.origin(settings.sandbox_port) + "/"),
        ("短信收件箱 SMS inbox", settings.origin(settings.sandbox_port) + "/sms/inbox"),
    ]
    with_account = [
        (a["name"], a["id_number"], a["login_name"], a["password"], f"{a['level']}", a.get("totp_secret", "-"))
        for a in accounts
    ]
    without = [(p["name"], p["id18"], p["phone"], POLICE[p["expected"]["police_population"]]) for p in free]
    return "\n".join(
        [
            "",
            *_table(("", ""), places)[1:],
            "",
            "已有账号 people with an account:",
            *_table(
                ("姓名 name", "身份证号 ID number", "登录名 login", "密码 password", "等级 level", "TOTP"), with_account
            ),
            "",
            "可以注册 people who can register (公安库 police register):",
            *_table(("姓名 name", "身份证号 ID number", "手机号 mobile", "公安 police"), without),
            "",
            f"首页可用 first page after {seconds:.1f} s. Ctrl-C 停止 stops everything.",
        ]
    )


def warnings(environment: Mapping[str, str]) -> Sequence[str]:
    """What differs from the plain demonstration because it was set outside."""
    return [f"using {name} from the environment" for name in sorted(environment) if name.startswith("IDP_")]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(_width(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return ["  " + "  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [head, *rows]]  # fmt: skip


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
