"""UnionPay's back-end transaction 72 and its query, at ``/unionpay/gateway/api/`` (channels.md 5)."""

import datetime
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from flask import Blueprint, Response, g, request

from adapters.sandbox import unionpay_ciphers as ciphers
from adapters.sandbox.cards import OK, Account, Issuers
from adapters.sandbox.ciphers import same
from adapters.sandbox.house import House, note, upstream

_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
# A transaction may be this much older than its arrival: a person types for a while.
_AGE_SECONDS: Final = 3600
_ACCEPTED_SECONDS: Final = 20.0
_OPEN: Final = frozenset({"03", "04", "05"})
_ORDER_ID: Final = re.compile(r"[0-9A-Za-z]{8,40}")
_NEEDED: Final = (
    "version",
    "encoding",
    "signMethod",
    "txnType",
    "txnSubType",
    "bizType",
    "merId",
    "orderId",
    "txnTime",
)
_ECHOED: Final = (
    "accessType",
    "bizType",
    "encoding",
    "merId",
    "orderId",
    "txnSubType",
    "txnTime",
    "txnType",
    "version",
)
_OTHER_ORDER: Final = "f" * 32


@dataclass(frozen=True, slots=True)
class Transaction:
    """One 72 that reached a bank. ``end`` is what the query says from ``ends_at`` on."""

    end: str
    ends_at: float


@dataclass(slots=True)
class Switch:
    """The state of the switch: transactions by merchant, order and time."""

    house: House
    issuers: Issuers
    texts: dict[str, str]
    known: dict[tuple[str, str, str], Transaction] = field(default_factory=dict, repr=False)

    def day(self) -> datetime.datetime:
        """Now, in China."""
        return datetime.datetime.fromtimestamp(self.house.clock.now(), tz=_CHINA)

    def refusal(self, fields: dict[str, str], txn_type: str) -> str | None:
        """Why a message is not worked on: its code."""
        if not all(fields.get(name) for name in _NEEDED):
            return "13"
        if not self._authentic(fields):
            return "11"
        if fields["merId"] != self.house.credentials.unionpay_merchant_id:
            return "31"
        shape = (fields["version"], fields["encoding"], fields["txnType"], fields.get("accessType"))
        well_formed = shape == ("5.1.0", "UTF-8", txn_type, "0") and _ORDER_ID.fullmatch(fields["orderId"])
        return None if well_formed and self._timely(fields["txnTime"]) else "10"

    def transact(self, fields: dict[str, str]) -> str:
        """Ask the bank, once for each order; the code of the answer."""
        if (fields["txnSubType"], fields["bizType"], fields.get("productId")) != ("12", "000803", "B156"):
            return "32"
        order = (fields["merId"], fields["orderId"], fields["txnTime"])
        elements = self._elements(fields)
        if elements is None:
            return "10"
        pan, asked = elements
        note("verified", card=pan, number=asked.id18, name=asked.name, mobile=asked.phone)
        with self.house.lock:
            if order in self.known:
                return "12"
            code = (
                "39"
                if self.house.calendar.shut("unionpay")
                else self.issuers.answer(pan, asked, f"{self.day():%Y%m%d}")
            )
            delay = _ACCEPTED_SECONDS if code == "05" else 0.0
            end = OK if code in _OPEN else code
            self.known[order] = Transaction(end, self.house.clock.now() + delay)
        return code

    def query(self, fields: dict[str, str]) -> tuple[str, dict[str, str]]:
        """The query's own code, and what it says about the transaction."""
        found = self.known.get((fields["merId"], fields["orderId"], fields["txnTime"]))
        note("verified")
        if found is None:
            return "34", {}
        code = found.end if self.house.clock.now() >= found.ends_at else "05"
        return OK, {"origRespCode": code, "origRespMsg": self.texts.get(code, "")}

    def answer(self, fields: dict[str, str], code: str, more: dict[str, str] | None = None) -> Response:
        """A signed answer, unencoded as the classical gateway writes it; faults of signatures are made here."""
        echo = {name: fields[name] for name in _ECHOED if fields.get(name)}
        out = {**echo, "respCode": code, "respMsg": self.texts.get(code, "未知"), **(more or {})}
        if g.fault == "wrong_subject":
            out["orderId"] = _OTHER_ORDER
        method = fields.get("signMethod") if fields.get("signMethod") in {"11", "12"} else "01"
        out["signMethod"] = str(method)
        if method == "01":
            # A certificate of the same house, but not of UnionPay's signer.
            signer = "merchant" if g.fault == "wrong_cert" else "platform"
            out["signPubKeyCert"] = ciphers.pem(f"{signer}_cert")
            out["signature"] = ciphers.certified(out, signer)
        else:
            out["signature"] = ciphers.keyed(str(method), self.house.credentials.unionpay_secure_key, out)
        if g.fault == "bad_signature":
            out["respMsg"] += "。"
        body = "&".join(f"{key}={out[key]}" for key in sorted(out))
        return Response(body.encode(), content_type="text/html; charset=UTF-8")

    def _authentic(self, fields: dict[str, str]) -> bool:
        method = fields["signMethod"]
        if method == "01":
            return ciphers.certified_by_merchant(fields)
        if method not in {"11", "12"}:
            return False
        expected = ciphers.keyed(method, self.house.credentials.unionpay_secure_key, fields)
        return same(expected, fields.get("signature", ""))

    def _timely(self, txn_time: str) -> bool:
        try:
            at = datetime.datetime.strptime(txn_time, "%Y%m%d%H%M%S").replace(tzinfo=_CHINA).timestamp()
        except ValueError:
            return False
        return -_AGE_SECONDS <= at - self.house.clock.now() <= 300

    def _elements(self, fields: dict[str, str]) -> tuple[str, Account] | None:
        """Card and holder, opened; None when they cannot be read or came in clear."""
        if fields.get("encryptCertId") != str(ciphers.certificate("encrypt").serial_number):
            return None
        try:
            pan = ciphers.opened(fields.get("accNo", ""))
            holder = ciphers.customer(fields.get("customerInfo", ""))
            account = Account(holder["customerNm"], holder["certifId"], holder["phoneNo"])
        except (ValueError, KeyError):
            return None
        return (pan, account) if pan.isdecimal() and holder.get("certifTp") == "01" else None


def blueprint(house: House, *, card_tries: int) -> Blueprint:
    """The two operations."""
    unionpay = Blueprint("unionpay", __name__, url_prefix="/unionpay")
    texts = json.loads((resources.files(__package__) / "unionpay_codes.json").read_text(encoding="utf-8"))
    switch = Switch(house, Issuers(house.register, card_tries), texts)

    def refused(code: str) -> Callable[[], Response]:
        def answer() -> Response:
            note(f"refused: {code}")
            return switch.answer(request.form.to_dict(), code)

        return answer

    # At night it is the banks that are shut: the switch answers, 39 to a transaction and as ever to a query.
    words: dict[str, Callable[[], Response | None]] = {"quota": refused("37"), "maintenance": refused("02")}
    words["window"] = lambda: None

    @unionpay.post("/gateway/api/backTransReq.do")
    @upstream(house, "unionpay", "backTransReq", **words)
    def transact() -> Response:
        fields = request.form.to_dict()
        refusal = switch.refusal(fields, "72")
        return refused(refusal)() if refusal else switch.answer(fields, switch.transact(fields))

    @unionpay.post("/gateway/api/queryTrans.do")
    @upstream(house, "unionpay", "queryTrans", **words)
    def query() -> Response:
        fields = request.form.to_dict()
        refusal = switch.refusal(fields, "00")
        return refused(refusal)() if refusal else switch.answer(fields, *switch.query(fields))

    return unionpay
