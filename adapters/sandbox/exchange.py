"""The exchange platforms' gates: secrets handed out encrypted, every signature verified (channels.md 3.1, 3.2, 3.6).

Several secrets of one customer are alive side by side: each worker of the customer fetches its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, g, request

from adapters.sandbox import ciphers
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.replies import json_reply

GATEWAY_HEADERS = ("gateway_appid", "gateway_rtime", "gateway_sig")
PREFIXES = ("gjgxjhpt", "gjzwfwpt")


@dataclass(slots=True)
class Gates:
    """Live secrets of the platforms, and the three questions whether a call may pass (None: it may; else why not)."""

    house: House
    _gateway: dict[str, list[tuple[str, float]]] = field(default_factory=dict, repr=False)
    _national: list[tuple[str, float]] = field(default_factory=list, repr=False)
    _md5: list[tuple[str, str, float]] = field(default_factory=list, repr=False)

    def new_secret(self) -> str:
        """A fresh secret text."""
        return self.house.octets(16).hex()

    def gateway(self) -> str | None:
        """``401`` for a wrong signature or address, ``403`` for a token that has ended."""
        appid, rtime, signature = (request.headers.get(name, "") for name in GATEWAY_HEADERS)
        if appid != self.house.credentials.gateway_appid or not self.house.address_allowed():
            return "401"
        issued = self._gateway.get(rtime, [])
        match = [end for secret, end in issued if ciphers.same(ciphers.hmac_sha256(secret, appid, rtime), signature)]
        if not match:
            return "401"
        return None if self.house.clock.now() < max(match) else "403"

    def national(self, values: Mapping[str, str], sid: str) -> str | None:
        """The four values, from HTTP headers or from the SOAP header."""
        for prefix in PREFIXES:
            rid, said, rtime, sign = (values.get(f"{prefix}_{part}", "") for part in ("rid", "sid", "rtime", "sign"))
            if not sign:
                continue
            if rid != self.house.credentials.rid or said not in self.house.credentials.sids or (sid and said != sid):
                return "授权校验失败"
            if not self.house.fresh(rtime):
                return "签名验证失败：请求时间超出范围"
            now = self.house.clock.now()
            live = [secret for secret, end in self._national if now < end]
            good = any(ciphers.same(ciphers.hmac_sha256(secret, said, rid, rtime), sign) for secret in live)
            return None if good else "签名验证失败"
        return "签名验证失败：缺少签名"

    def md5(self) -> str | None:
        """The three query values."""
        key, rtime, sign = (request.values.get(name, "") for name in ("appKey", "requestTime", "sign"))
        if key != self.house.credentials.md5_app_key or not self.house.fresh(rtime):
            return "14"
        now = self.house.clock.now()
        live = [secret for secret, _, end in self._md5 if now < end]
        return None if any(ciphers.same(ciphers.md5_hex(key, s, rtime), sign) for s in live) else "15"

    def issue_gateway(self, rtime: str) -> str:
        """A new token secret bound to ``rtime``."""
        secret, end = self.new_secret(), self.house.clock.now() + self.house.gateway_seconds
        with self.house.lock:
            self._gateway.setdefault(rtime, []).append((secret, end))
        return secret

    def issue_national(self) -> tuple[str, float]:
        """A new service secret and its end."""
        secret, end = self.new_secret(), self.house.clock.now() + self.house.national_seconds
        with self.house.lock:
            self._national.append((secret, end))
        return secret, end

    def issue_md5(self) -> tuple[str, str, float]:
        """A request secret, a refresh secret and the end of the first; the second lives twice as long."""
        row = (self.new_secret(), self.new_secret(), self.house.clock.now() + self.house.gateway_seconds)
        with self.house.lock:
            self._md5.append(row)
        return row

    def md5_refresh_secrets(self) -> list[str]:
        """Refresh secrets that still live."""
        now = self.house.clock.now()
        return [refresh for _, refresh, end in self._md5 if now < end + self.house.gateway_seconds]


def mount(blueprint: Blueprint, house: House, gates: Gates, *, channel: str = "police") -> None:
    """The endpoints that hand out secrets; ``channel`` is whose faults strike them."""
    c = house.credentials

    @upstream(house, channel, "token")
    def token() -> Response:
        appid, rtime, signature = (request.headers.get(name, "") for name in GATEWAY_HEADERS)
        good = ciphers.same(ciphers.hmac_sha256(c.gateway_key, appid, rtime), signature)
        if appid != c.gateway_appid or not good or not house.fresh(rtime) or not house.address_allowed():
            note("refused: signature, time or address")
            return json_reply({"code": "401", "message": "unauthorized", "body": {}}, 401)
        note("verified")
        key = "another key" if g.fault == "bad_signature" else c.gateway_key
        access_token = ciphers.encrypt_gateway(key, gates.issue_gateway(rtime))
        body = {"access_token": access_token, "expires_in": house.gateway_seconds}
        return json_reply({"code": "0", "message": "success", "body": body})

    blueprint.add_url_rule("/auth/token", view_func=token, methods=["POST"])
    blueprint.add_url_rule("/proxy/auth/token", "proxy_token", view_func=token, methods=["POST"])

    @blueprint.post("/sysapi/auth/refreshappsecret")
    @upstream(house, channel, "refresh")
    def refresh() -> Response:
        values = request.get_json(silent=True)
        values = values if isinstance(values, dict) else {}
        prefix = next((p for p in PREFIXES if f"{p}_sign" in values), PREFIXES[0])
        rid, sid, rtime, sign = (str(values.get(f"{prefix}_{part}", "")) for part in ("rid", "sid", "rtime", "sign"))
        if rid != c.rid or sid not in c.sids:
            note("refused: not granted")
            return json_reply({"code": "E-106", "message": "请求不存在于数据库授权列表中", "data": ""})
        good = ciphers.same(ciphers.hmac_sha256(c.national_key, sid, rid, rtime), sign)
        if not good or not house.fresh(rtime) or not house.address_allowed():
            note("refused: signature, time or address")
            return json_reply({"code": "-1", "message": "接口调用失败", "data": ""})
        note("verified")
        secret, end = gates.issue_national()
        key = "another key" if g.fault == "bad_signature" else c.national_key
        data = {"secret": ciphers.encrypt_national(key, secret), "secretEndTime": str(int(end * 1000))}
        return json_reply({"code": "0" if prefix == PREFIXES[0] else 200, "message": "", "data": data})

    _mount_md5(blueprint, house, gates, channel)


def _mount_md5(blueprint: Blueprint, house: House, gates: Gates, channel: str) -> None:
    @blueprint.route("/gateway/app/<name>.htm", methods=["GET", "POST"])
    @upstream(house, channel, "refresh")
    def md5_refresh(name: str) -> Response:
        keys = {
            "refreshTokenByKey": [house.credentials.md5_app_secret],
            "refreshTokenBySec": gates.md5_refresh_secrets(),
        }
        key, rtime, sign = (request.values.get(field, "") for field in ("appKey", "requestTime", "sign"))
        good = any(ciphers.same(ciphers.md5_hex(key, secret, rtime), sign) for secret in keys.get(name, []))
        if key != house.credentials.md5_app_key or not good or not house.fresh(rtime):
            note("refused: signature or time")
            return json_reply({"code": "15", "msg": "签名错误", "datas": ""})
        note("verified")
        secret, renewal, end = gates.issue_md5()
        datas = {
            "requestSecret": secret,
            "requestSecretEndTime": int(end * 1000),
            "refreshSecret": renewal,
            "refreshSecretEndTime": int((end + house.gateway_seconds) * 1000),
        }
        if g.fault == "bad_signature":
            datas["requestSecret"] = gates.new_secret()
        return json_reply({"code": "00", "msg": "成功", "datas": datas})
