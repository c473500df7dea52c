"""``certdoc.certverify`` and the token method, and the consent page between them (channels.md 7.1)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from adapters.sandbox.ant_book import Account, Accounts, Refusal
from adapters.sandbox.house import LEADS_ON_POLICY, House, note

_VERIFY_SECONDS: Final = 1800
_CODE_SECONDS: Final = 180  # the shortest life that the documentation allows
_TOKEN_SECONDS: Final = 1_296_000
_SCOPES: Final = frozenset({"id_verify", "auth_user", "auth_base"})


@dataclass(frozen=True, slots=True)
class Case:
    """What a merchant lodged: a name and a number to be compared with whoever consents."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class Grant:
    """A code or a token: of which account, for which case."""

    account: Account
    scope: str
    verify_id: str
    until: float


class Desk:
    """Cases, codes and tokens of one sandbox."""

    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts
        self._cases: dict[str, Case] = {}
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}

    def methods(self) -> dict[str, Callable[[dict[str, str], dict[str, Any]], dict[str, Any]]]:
        """The gateway methods answered here."""
        return {
            "alipay.user.certdoc.certverify.preconsult": self._preconsult,
            "alipay.system.oauth.token": self._token,
            "alipay.user.certdoc.certverify.consult": self._consult,
            "alipay.user.info.share": self._user,
        }

    def mount(self, blueprint: Blueprint) -> None:
        """The consent page."""

        @blueprint.get("/oauth2/publicAppAuthorize.htm")
        def consent() -> Response:
            return self._page(request.args.to_dict())

        @blueprint.post("/oauth2/decision")
        def consented() -> Response:
            return self._decided(request.form.to_dict())

    def _preconsult(self, _: dict[str, str], content: dict[str, Any]) -> dict[str, Any]:
        name, number = str(content.get("user_name", "")), str(content.get("cert_no", ""))
        note("verified", number=number, name=name)
        if content.get("cert_type") != "IDENTITY_CARD" or len(number) != 18 or not name:
            raise Refusal("40004", "INVALID_PARAMETER", "参数有误")
        if self._accounts.of(number) is None:
            raise Refusal("40004", "USER_NOT_EXIST", "用户不存在")
        verify_id = self._house.octets(16).hex()
        self._cases[verify_id] = Case(name, number, self._house.clock.now())
        return {"code": "10000", "msg": "Success", "verify_id": verify_id}

    def _token(self, fields: dict[str, str], _: dict[str, Any]) -> dict[str, Any]:
        if fields.get("grant_type") != "authorization_code":
            raise Refusal("40002", "isv.grant-type-invalid", "授权类型无效", outer=True)
        now = self._house.clock.now()
        with self._house.lock:
            grant = self._codes.pop(fields.get("code", ""), None)
        if grant is None or now > grant.until:
            raise Refusal("40002", "isv.code-invalid", "授权码code无效", outer=True)
        note("verified", number=grant.account.number, name=grant.account.name)
        token = f"compose{self._house.octets(16).hex()}"
        self._tokens[token] = Grant(grant.account, grant.scope, grant.verify_id, now + _TOKEN_SECONDS)
        who = self._named(grant.account)
        return {
            "access_token": token,
            "refresh_token": f"compose{self._house.octets(16).hex()}",
            "expires_in": str(_TOKEN_SECONDS),
            "re_expires_in": "2592000",
            **who,
        }

    def _named(self, account: Account) -> dict[str, Any]:
        """The account as this application knows it: newer ones receive ``open_id`` alone (7.1)."""
        if self._house.alipay_open_id:
            return {"open_id": account.open_id}
        return {"user_id": account.user_id, "alipay_user_id": account.user_id}

    def _user(self, fields: dict[str, str], _: dict[str, Any]) -> dict[str, Any]:
        """What the account calls itself; identity fields go to nobody any more (7.1)."""
        grant = self._tokens.get(fields.get("auth_token", ""))
        if grant is None or grant.scope != "auth_user":
            raise Refusal("20001", "aop.invalid-auth-token", "无效的访问令牌")
        if self._house.clock.now() > grant.until:
            raise Refusal("20001", "aop.auth-token-time-out", "访问令牌已过期")
        note("verified", number=grant.account.number)
        nick = f"阿里用户{grant.account.user_id[-4:]}"
        return {"code": "10000", "msg": "Success", **self._named(grant.account), "nick_name": nick}

    def _consult(self, fields: dict[str, str], content: dict[str, Any]) -> dict[str, Any]:
        grant = self._tokens.get(fields.get("auth_token", ""))
        if grant is None or "id_verify" not in grant.scope:
            raise Refusal("20001", "aop.invalid-auth-token", "无效的访问令牌")
        if self._house.clock.now() > grant.until:
            raise Refusal("20001", "aop.auth-token-time-out", "访问令牌已过期")
        case = self._case(str(content.get("verify_id", "")))
        if case is None or content.get("verify_id") != grant.verify_id:
            raise Refusal("40004", "VERIFY_ID_INVALID", "verify_id 无效")
        note("verified", number=case.number, name=case.name)
        wrong = [("user_name", "姓名不一致")] if case.name != grant.account.name else []
        wrong += [("cert_no", "证件号码不一致")] if case.number != grant.account.number else []
        answer = {"code": "10000", "msg": "Success", "passed": "F" if wrong else "T"}
        if wrong:
            answer |= {"fail_reason": "，".join(text for _, text in wrong)}
            answer |= {"fail_params": json.dumps([name for name, _ in wrong])}
        return answer

    def _case(self, verify_id: str) -> Case | None:
        case = self._cases.get(verify_id)
        return case if case is not None and self._house.clock.now() - case.at <= _VERIFY_SECONDS else None

    def _known(self, fields: dict[str, str]) -> bool:
        """Whether a merchant's request for consent makes sense."""
        state, scope = fields.get("state", ""), fields.get("scope", "")
        return (
            fields.get("app_id") == self._house.credentials.ant_app_id
            and scope in _SCOPES
            and urlsplit(fields.get("redirect_uri", "")).scheme in {"http", "https"}
            and len(state) <= 100
            and state.isascii()
            and (scope != "id_verify" or self._case(fields.get("cert_verify_id", "")) is not None)
        )

    def _page(self, fields: dict[str, str]) -> Response:
        if not self._known(fields):
            return Response("参数有误\n", 400, content_type="text/plain; charset=utf-8")
        accounts = self._accounts.personas()
        case = self._case(fields.get("cert_verify_id", ""))
        mine = self._accounts.of(case.number) if case is not None else None
        if mine is not None and mine not in accounts:
            accounts = [mine, *accounts]
        page = make_response(render_template("alipay_consent.html", accounts=accounts, mine=mine, fields=fields))
        page.headers["Content-Security-Policy"] = LEADS_ON_POLICY
        return page

    def _decided(self, fields: dict[str, str]) -> Response:
        account = self._accounts.of(fields.get("account", ""))
        if not self._known(fields) or (account is None and fields.get("decision") == "agree"):
            return Response("参数有误\n", 400, content_type="text/plain; charset=utf-8")
        answer = {"app_id": fields["app_id"], "scope": fields["scope"]}
        if account is not None and fields.get("decision") == "agree":
            code = self._house.octets(16).hex()
            until = self._house.clock.now() + _CODE_SECONDS
            self._codes[code] = Grant(account, fields["scope"], fields.get("cert_verify_id", ""), until)
            answer |= {"auth_code": code}
        else:
            answer |= {"error": "access_denied"}
        answer |= {"state": fields.get("state", "")}
        to = fields["redirect_uri"]
        url = f"{to}{'&' if urlsplit(to).query else '?'}{urlencode(answer)}"
        if self._house.callback_fault("alipay_account", "consent") == "duplicate_callback":
            return make_response(render_template("returned.html", url=url))
        return Response(status=302, headers={"Location": url})
