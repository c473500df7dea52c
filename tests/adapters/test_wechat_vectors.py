"""Adapter and sandbox against ``wechat.json``: the digest, the addresses, every answer and every ``verify_ret``."""

import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from adapters import CHANNELS
from adapters.http import Transient
from adapters.sandbox import wechat_face
from adapters.sandbox.credentials import wechat_settings
from adapters.wechat import account, face
from adapters.wechat.settings import ConnectPage
from idp.domain.attempt import Attempt
from idp.domain.channel import Outcome, Reason, Redirect, Rejected, Scan, Verified
from idp.domain.errors import Unavailable
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.adapters.wechat import NAME, ZHANG_SAN, channel_of, fresh, resume

VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "channels" / "wechat.json").read_text(encoding="utf-8")
)
FACE_UNDER_WAY = {"ref": "0" * 32, "openid": "o1", "out_seq_no": "1" * 32, "verify_id": "v1"}
# Where the vectors leave the reason of a mismatch to channels.md 9.4.
MISMATCHES = {10003: Reason.MISMATCH_NUMBER, 10004: Reason.MISMATCH_FACE, 10012: Reason.MISMATCH_FACE}


class Scripted(httpx.BaseTransport):
    """WeChat that gives a token, and to everything else one answer."""

    def __init__(self, answer: dict) -> None:
        self.answer = answer
        self.forced: list[bool] = []
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.path.endswith("/cgi-bin/stable_token"):
            force = orjson.loads(request.read())["force_refresh"]
            self.forced.append(force)
            return streamed(200, orjson.dumps({"access_token": f"T{len(self.forced)}", "expires_in": 7200}))
        return streamed(200, orjson.dumps(self.answer))


def query(answer: dict, keep: dict | None = None, fields: dict | None = None) -> tuple[Outcome | Unavailable, Scripted]:
    world = World()
    world.transport = transport = Scripted(answer)  # type: ignore[assignment]
    attempt: Attempt = fresh(ZHANG_SAN).awaiting(keep or FACE_UNDER_WAY)
    try:
        return resume(channel_of(world, "account_and_face"), attempt, fields)[1], transport
    except Unavailable as error:
        return error, transport


@pytest.mark.parametrize("row", VECTORS["cert_hash"], ids=lambda row: row["cert_name"])
def test_the_certificate_digest_of_both_sides(row: dict):
    assert face.cert_hash(row["cert_name"], row["cert_no"]) == row["cert_hash"]
    assert wechat_face.cert_hash(row["cert_type"], row["cert_name"], row["cert_no"]) == row["cert_hash"]
    assert hashlib.sha256(row["joined"].encode()).hexdigest() == row["cert_hash"]


@pytest.mark.parametrize(("name", "page"), [("qrconnect", ConnectPage.PC), ("in_app", ConnectPage.IN_APP)])
def test_the_sign_on_addresses_and_the_sandbox_opens_them(name: str, page: ConnectPage):
    url = VECTORS["urls"][name]
    asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
    built = account.authorize_url(
        "https://open.weixin.qq.com", page, asked["appid"], redirect_uri=asked["redirect_uri"], state=asked["state"]
    )
    assert built == url
    shown = World().control.get("/wechat" + urlsplit(url).path + "?" + urlsplit(url).query)
    assert shown.status_code == 200
    assert "微信登录" in shown.text


@pytest.mark.parametrize("page", list(ConnectPage))
def test_the_channel_sends_the_browser_to_the_page_of_its_settings_with_a_state_of_letters_and_digits(
    page: ConnectPage,
):
    values = wechat_settings(SANDBOX, "account_and_face") | {"connect_page": str(page)}
    step = CHANNELS[NAME](values, World().around()).begin(fresh(ZHANG_SAN))
    assert isinstance(step, Redirect)
    asked = parse_qs(urlsplit(step.url).query)
    assert asked["state"] == [step.keep["state"]]
    assert step.keep["state"].isalnum()
    assert step.keep["state"].isascii()
    assert asked["redirect_uri"] == ["https://idp.test/verify/return"]


@pytest.mark.parametrize("row", VECTORS["verify_ret"]["table"], ids=lambda row: str(row["verify_ret"]))
def test_every_result_of_the_face_has_its_outcome(row: dict):
    outcome, _ = query({"errcode": 0, "errmsg": "ok", "verify_ret": row["verify_ret"]})
    match row["outcome"]:
        case "match":
            assert outcome == Verified(ZHANG_SAN, FACE_UNDER_WAY["out_seq_no"])
        case "mismatch":
            assert outcome == Rejected(MISMATCHES[row["verify_ret"]], FACE_UNDER_WAY["out_seq_no"])
        case "not_found":
            assert outcome == Rejected(Reason.NOT_FOUND, FACE_UNDER_WAY["out_seq_no"])
        case "rejected":
            assert outcome == Rejected(Reason(row["reason"]), FACE_UNDER_WAY["out_seq_no"])
        case "pending":
            assert isinstance(outcome, Scan)
            assert outcome.keep == FACE_UNDER_WAY
        case "unavailable":
            assert isinstance(outcome, Unavailable)
            assert outcome.alert is (row["reason"] == "alert")
            assert (outcome.retry_at is not None) is (row["reason"] == "throttled")
        case other:
            pytest.fail(other)


@pytest.mark.parametrize("code", [0, 1, 9999, 10009, 11000, 90000, 90015, 90025, 99999, -1])
def test_a_result_that_is_not_listed_is_unavailable(code: int):
    assert code not in {row["verify_ret"] for row in VECTORS["verify_ret"]["table"]}
    assert isinstance(query({"errcode": 0, "verify_ret": code})[0], Unavailable)


@pytest.mark.parametrize("row", VECTORS["responses"], ids=lambda row: f"{row['errcode']}-{row.get('verify_ret')}")
def test_every_answer_of_the_vectors_has_its_outcome(row: dict):
    answer = {key: row[key] for key in ("errcode", "errmsg", "verify_ret") if key in row}
    code_stage = row["errcode"] in {40029, 40163}
    keep, fields = ({"state": "s1"}, {"state": "s1", "code": "c1"}) if code_stage else (None, None)
    outcome, transport = query(answer, keep, fields)
    if row["outcome"] == "match":
        assert isinstance(outcome, Verified)
    elif row["outcome"] == "rejected":
        assert isinstance(outcome, Rejected)
        assert outcome.reason == row.get("reason", "replayed")
    else:
        assert isinstance(outcome, Unavailable)
    if row.get("action") == "refresh access_token once":
        assert len(transport.forced) == 2
        assert sum(path.endswith("queryverifyinfo") for path in transport.paths) == 2
        assert isinstance(outcome, Unavailable)
        assert outcome.alert
    if row.get("action") == "retry with back-off":
        assert isinstance(outcome, Transient)
        assert sum(path.endswith("queryverifyinfo") for path in transport.paths) == 2
    if row.get("alert") == "configuration":
        assert isinstance(outcome, Unavailable)
        assert outcome.alert


# channels.md 9.2, the whole table: what each code comes to at the code exchange.
CODES = {
    -1: Transient,
    40029: Reason.REPLAYED,
    40163: Reason.REPLAYED,
    41008: Reason.REPLAYED,
    42002: Reason.REPLAYED,
    42003: Reason.REPLAYED,
    50001: Reason.USER_CANCELLED,
    40001: "alert",
    40014: "alert",
    41001: "alert",
    42001: "alert",
    40003: "alert",
    40013: "alert",
    40125: "alert",
    48001: "alert",
    45009: "alert",
    45011: "later",
    61023: "alert",
}


@pytest.mark.parametrize(("code", "expected"), CODES.items())
def test_every_error_code_has_its_outcome_at_the_code_exchange(code: int, expected: object):
    answer = {"errcode": code, "errmsg": "said by WeChat rid: 1"}
    outcome, transport = query(answer, {"state": "s1"}, {"state": "s1", "code": "c1"})
    if isinstance(expected, Reason):
        assert outcome == Rejected(expected)
    else:
        assert isinstance(outcome, Unavailable)
        assert outcome.alert is (expected == "alert")
        assert (outcome.retry_at is not None) is (expected == "later")
    assert transport.paths == ["/wechat/sns/oauth2/access_token"]  # a code is sent once, whatever the answer
