"""The portrait comparison against the published vectors: the request, each answer, each text."""

import base64
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.portrait import refusals, service
from adapters.portrait.service import Question
from adapters.portrait.settings import LocalFaceSettings
from adapters.sandbox.credentials import portrait_settings
from idp.domain.channel import Reason
from idp.domain.errors import ChannelError, Distrusted, Unavailable
from tests.adapters.rigs import SANDBOX, World
from tests.adapters.test_police_vectors import PORTRAIT, VECTORS, cases

CODES = json.loads((VECTORS / "face_compare_result_codes.json").read_text(encoding="utf-8"))
PICTURE = base64.b64decode(PORTRAIT["request"]["body"]["datalist"][0]["xczp"])
# Vectors name outcomes; where they name no reason, these are what the outcome means here.
IMPLIED = {"match": None, "not_found": Reason.NOT_FOUND, "mismatch": Reason.MISMATCH_NAME}
# Reasons of other suppliers' tables that are no words of ours: there is no picture to compare with.
FOREIGN = {"portrait_unusable": Reason.NO_PORTRAIT, "no_reference": Reason.NO_PORTRAIT}
# Codes about a course that this service has not: it answers at once or not at all.
OTHER_COURSE = {0, 15, 16, 17, 401, 403, 424}
SUPPLIERS = [
    {"case": f"{supplier} {row['code']}", **row}
    for supplier in ("tencent_faceid", "aliyun_financial_face")
    for row in CODES[supplier]["codes"]
]


def expected(row: dict) -> Reason | None:
    if "reason" in row:
        return FOREIGN.get(row["reason"]) or Reason(row["reason"])
    return IMPLIED[row["outcome"]]


def question_of(row: dict) -> Question:
    rows = orjson.loads(row["body"]["data"] or "{}").get("data") or [{}]
    name, number = rows[0].get("xm", "张三"), rows[0].get("gmsfzh", "370102190103070012")
    return Question(name, number, PICTURE, 0)


def test_the_request_is_the_vectors():
    settings = LocalFaceSettings.model_validate(portrait_settings(SANDBOX))
    request = service.build(settings, Question("张三", "370102190103070012", PICTURE, 0))
    assert f"{request.method} {request.path}" == PORTRAIT["request"]["http"].split("  ")[0]
    assert orjson.loads(request.content) == PORTRAIT["request"]["body"]
    assert request.headers.items() >= PORTRAIT["request"]["headers"].items()
    assert settings.threshold == PORTRAIT["threshold_xsd"]


@cases(PORTRAIT["responses"])
def test_each_answer_comes_to_its_outcome(row: dict):
    question, threshold = question_of(row), PORTRAIT["threshold_xsd"]
    if row["outcome"] == "unavailable":
        with pytest.raises(Unavailable):
            service.read(row["body"], question, threshold)
        return
    reason, score = service.read(row["body"], question, threshold)
    assert reason is expected(row)
    assert (score is not None) == (row["case"] in {"same person", "other face", "below threshold"})
    # Some regions send the inner object alone.
    assert service.read(orjson.loads(row["body"]["data"]), question, threshold) == (reason, score)


@cases([row for row in SUPPLIERS if row["code"] not in OTHER_COURSE])
def test_what_comparison_services_are_known_to_say_is_understood(row: dict):
    """channels.md 10.3: the same texts may come from whoever runs the portrait service."""
    said = refusals.reason_of("-1", row["text"])
    if row["outcome"] == "unavailable":
        assert said is None
    elif row["outcome"] == "mismatch" and "reason" not in row:
        assert said is (Reason.MISMATCH_FACE if "同一人" in row["text"] else Reason.MISMATCH_NAME)
    else:
        assert said is expected(row)


def test_the_texts_decide_before_the_status():
    assert refusals.reason_of("-2", "照片质量不合格") is Reason.CAPTURE_FAILED
    assert refusals.reason_of("-2", "") is Reason.NO_PORTRAIT
    assert refusals.reason_of("-9", "服务异常") is None


ROW = {
    "gmsfzh": "370102190103070012",
    "gmsfzh_ppddm": "1",
    "xm": "张三",
    "xm_ppddm": "1",
    "swbs": "0",
    "bddm": "1",
    "xsd": "92.4",
}


def answer(**changes: object) -> dict:
    row = {name: value for name, value in (ROW | changes).items() if value is not None}
    return {"status": "0", "msg": "", "data": [row]}


# channels.md 10.3: a match needs every one of them, the score at the threshold included.
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"xsd": "70"}, None),
        ({"xsd": "100.0"}, None),
        ({"xsd": "69.99"}, Reason.MISMATCH_FACE),
        ({"bddm": "0"}, Reason.MISMATCH_FACE),
        ({"bddm": "0", "xsd": "0"}, Reason.MISMATCH_FACE),
        ({"xm_ppddm": "0"}, Reason.MISMATCH_NAME),
        ({"gmsfzh_ppddm": "0"}, Reason.NOT_FOUND),
        ({"swbs": "1"}, Reason.CANCELLED_OR_DECEASED),
        ({"swbs": "2", "bddm": "0"}, Reason.CANCELLED_OR_DECEASED),
    ],
)
def test_a_match_needs_every_mark(changes: dict, reason: Reason | None):
    assert service.read(answer(**changes), Question("张三", ROW["gmsfzh"], b"", 0), 70)[0] is reason


@pytest.mark.parametrize("name", ROW)
@pytest.mark.parametrize("value", [None, "", "2x", 1, [], "-1", "101", "nan", "9" * 400])
def test_a_row_that_lacks_a_mark_or_has_an_unknown_one_is_distrusted(name: str, value: object):
    question = Question("张三", ROW["gmsfzh"], b"", 0)
    if name == "swbs" and isinstance(value, str) and value:  # whatever is not 0 is not alive
        assert service.read(answer(swbs=value), question, 70)[0] is Reason.CANCELLED_OR_DECEASED
        return
    with pytest.raises(Distrusted):
        service.read(answer(**{name: value}), question, 70)


@given(
    body=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=12)
        | st.sampled_from([*ROW.values()]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*ROW, "code", "status", "msg", "data"]), inner, max_size=9)
        ),
        max_leaves=20,
    ).filter(lambda value: isinstance(value, dict))
)
def test_any_json_at_all_is_read_or_distrusted(body: dict):
    try:
        reason, _ = service.read(body, Question("张三", ROW["gmsfzh"], b"", 0), 70)
    except ChannelError:
        return
    assert reason is None or isinstance(reason, Reason)


def test_a_question_on_its_way_prints_nobody_and_no_picture():
    printed = repr(Question("张三", ROW["gmsfzh"], PICTURE, 0))
    assert [text for text in ("张三", ROW["gmsfzh"], "sandbox", "xff") if text in printed] == []


def test_the_sandbox_reads_the_marker_of_the_vector_picture():
    posted = World().control.post(
        "/police/share/rkkrxbd", json=PORTRAIT["request"]["body"], headers=PORTRAIT["request"]["headers"]
    )
    assert service.read(posted.json, Question("张三", ROW["gmsfzh"], PICTURE, 0), 70) == (None, 92.4)
