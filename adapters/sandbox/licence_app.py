"""电子营业执照: the assumed sign-in service and the phone that scans its code (4.4).

Written from the contract of channels.md; the signatures are made and checked here with gmalg and the standard library.
Every licence has the one TEST ONLY key; each enterprise has its own certificate.
"""

import base64
import hmac
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

import gmalg
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Blueprint, Response, abort, g, render_template, request

from adapters.sandbox import ciphers
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.organisations import Enterprises, Licence
from adapters.sandbox.replies import json_reply

CHANNEL: Final = "business_registry"
LIFE_SECONDS: Final = 180
_USER_ID: Final = b"1234567812345678"
_FILES: Final = resources.files(__package__) / "elicence"


@dataclass(slots=True)
class Scan:
    """One challenge. ``licence`` is what the holder chose; a decision is never taken back."""

    app_id: str
    biz_seq: str
    ts: str
    rand: str
    ends_at: float
    state: str = "WAIT"
    licence: Licence | None = field(default=None, repr=False)

    def seen_at(self, now: float) -> str:
        """Its state; one that nobody decided in time has expired."""
        return "EXPIRED" if self.state in {"WAIT", "SCANNED"} and now >= self.ends_at else self.state

    @property
    def match(self) -> str:
        """The two digits that the portal's page shows too."""
        return str(int(self.rand[24:], 16) % 100).zfill(2)

    @property
    def text(self) -> str:
        """What the licence signs."""
        return f"appId={self.app_id}&bizSeq={self.biz_seq}&rand={self.rand}&ts={self.ts}"


class Signatures:
    """The TEST ONLY licence key and the certificates."""

    def __init__(self) -> None:
        pem = (_FILES / "licence_key.pem").read_text(encoding="ascii")
        der = base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))
        # PKCS #8 of OpenSSL: the scalar stands 36 octets in, the uncompressed point at the end.
        self._key, self._point = der[36:68], der[-65:]
        self._certificates = {_code(c): c for c in _certificates("licences.pem")}
        self._stranger = _certificates("stranger.pem")[0]

    def sign(self, text: str) -> str:
        """SM2 with SM3, DER, Base64."""
        r, s = gmalg.SM2(sk=self._key, uid=_USER_ID, pk=self._point).sign(text.encode())
        return base64.b64encode(encode_dss_signature(int.from_bytes(r), int.from_bytes(s))).decode()

    def certificate(self, credit_code: str, *, stranger: bool) -> str:
        """An enterprise's certificate, Base64 of DER; ``stranger``: one that another authority issued."""
        found = self._stranger if stranger else self._certificates[credit_code]
        return base64.b64encode(found.public_bytes(Encoding.DER)).decode()


def sm3_hmac(key: str, text: str) -> str:
    """Lower-case hex of HMAC-SM3."""
    return hmac.new(key.encode(), text.encode(), "sm3").hexdigest()


def blueprint(house: House, enterprises: Enterprises) -> Blueprint:
    """The service at ``/elicence/v1`` and the phone at ``/elicence/scan``."""
    app = Blueprint("licence_app", __name__, url_prefix="/elicence")
    scans: dict[str, Scan] = {}
    _mount_service(app, house, scans)
    _mount_phone(app, house, enterprises, scans)
    return app


def _mount_service(app: Blueprint, house: House, scans: dict[str, Scan]) -> None:
    signatures = Signatures()

    @app.post("/v1/challenge")
    @upstream(house, CHANNEL, "challenge")
    def challenge() -> Response:
        asked, refusal = _authentic(house)
        if refusal is not None:
            return refusal
        scan = Scan(
            house.credentials.e_licence_app_id,
            asked["bizSeq"],
            asked["ts"],
            house.octets(16).hex(),
            house.clock.now() + LIFE_SECONDS,
        )
        with house.lock:
            if scans.setdefault(scan.biz_seq, scan) is not scan:
                return _refused("1003", "业务流水号重复")
        note("verified", bizSeq=scan.biz_seq)
        content = f"{request.host_url}elicence/scan?b={scan.biz_seq}"
        return _answer({"qrContent": content, "rand": scan.rand, "expiresIn": LIFE_SECONDS})

    @app.post("/v1/result")
    @upstream(house, CHANNEL, "result")
    def result() -> Response:
        asked, refusal = _authentic(house)
        if refusal is not None:
            return refusal
        scan = scans.get(asked["bizSeq"])
        if scan is None:
            return _refused("1004", "业务流水号不存在")
        state = scan.seen_at(house.clock.now())
        note(f"verified: {state}", bizSeq=scan.biz_seq)
        data = {"state": state}
        if state == "CONFIRMED" and scan.licence is not None:
            enterprise, holder = scan.licence.enterprise, scan.licence.holder
            g.subject = (enterprise.credit_code.encode(), enterprise.name.encode())
            data |= {
                "entName": enterprise.name,
                "uniscId": enterprise.credit_code,
                "holderName": holder.name,
                "holderCertNo": holder.id18,
                "holderRole": scan.licence.role,
                "cert": signatures.certificate(enterprise.credit_code, stranger=g.fault == "wrong_cert"),
                "signature": signatures.sign("another text" if g.fault == "bad_signature" else scan.text),
            }
        return _answer(data)


def _mount_phone(app: Blueprint, house: House, enterprises: Enterprises, scans: dict[str, Scan]) -> None:
    def scanned() -> Scan:
        scan = scans.get(request.values.get("b", ""))
        return scan if scan is not None else abort(404)

    @app.get("/scan")
    def show() -> str:
        scan = scanned()
        with house.lock:
            if scan.seen_at(house.clock.now()) == "WAIT":
                scan.state = "SCANNED"
        return render_template(
            "licence_app.html", scan=scan, state=scan.seen_at(house.clock.now()), licences=enterprises.licences()
        )

    @app.post("/scan")
    def decide() -> tuple[str, int] | str:
        scan, licences, chosen = scanned(), enterprises.licences(), request.form.get("licence", "")
        refused = request.form.get("decision") == "refuse"
        licence = licences[int(chosen)] if chosen.isdecimal() and int(chosen) < len(licences) else None
        with house.lock:
            state = scan.seen_at(house.clock.now())
            decided = state in {"WAIT", "SCANNED"} and (refused or licence is not None)
            if decided:
                scan.state, scan.licence = ("REFUSED", None) if refused else ("CONFIRMED", licence)
            state = scan.seen_at(house.clock.now())
        page = render_template("licence_app.html", scan=scan, state=state, licences=licences, unchosen=not decided)
        return page if decided else (page, 422)


def _authentic(house: House) -> tuple[dict[str, str], Response | None]:
    c = house.credentials
    body: Any = request.get_json(silent=True)
    body = body if isinstance(body, dict) else {}
    asked = {key: str(body.get(key, "")) for key in ("appId", "bizSeq", "ts", "sign")}
    text = f"appId={asked['appId']}&bizSeq={asked['bizSeq']}&ts={asked['ts']}"
    if asked["appId"] != c.e_licence_app_id or not ciphers.same(sm3_hmac(c.e_licence_key, text), asked["sign"]):
        return asked, _refused("1001", "签名错误")
    if not house.fresh(asked["ts"]):
        return asked, _refused("1002", "请求时间超出范围")
    return asked, None


def _answer(data: dict[str, Any]) -> Response:
    return json_reply({"code": "0", "message": "成功", "data": data})


def _refused(code: str, message: str) -> Response:
    note(f"refused: {code}")
    return json_reply({"code": code, "message": message, "data": {}})


def _certificates(name: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((_FILES / name).read_bytes())


def _code(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value)
