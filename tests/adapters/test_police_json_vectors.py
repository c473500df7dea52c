"""The JSON form and the portrait comparison against the published vectors."""

import orjson
import pytest

from adapters.http import Answer
from adapters.police import registers
from adapters.police.finding import Query
from idp.domain.channel import Reason
from idp.domain.errors import Unavailable
from tests.adapters.rigs import World
from tests.adapters.test_police_vectors import PORTRAIT, REASONS, cases

# ---- JSON form and portrait -----------------------------------------------------------------------------------------

FACES = {
    "same person": "zhang_san",
    "other face": "li_si",
    "below threshold": "zhang_san:69.9",
    "name differs": "zhang_san",
    "deceased": "deceased",
    "no record": "missing",
    "no portrait on file": "zhang_san",
    "bad picture": "",
}
ASKED = {
    "name differs": ("张叁", "370102190103070012"),
    "deceased": ("孙故", "370102190112310006"),
    "no record": ("王五", "370102190202020002"),
}


def read(body: dict, name: str, number: str) -> Reason | None:
    return registers.read_basic(Answer("police_population", 200, orjson.dumps(body)), Query(name, number, 0))


def test_the_vector_picture_carries_the_marker_that_the_sandbox_reads():
    world = World()
    answer = world.control.post(
        "/police/share/rkkrxbd", json=PORTRAIT["request"]["body"], headers=PORTRAIT["request"]["headers"]
    )
    assert answer.json == PORTRAIT["responses"][0]["body"]


@cases([row for row in PORTRAIT["responses"] if row["case"] in FACES])
def test_the_sandbox_answers_a_portrait_comparison_as_the_vector(row: dict):
    import base64

    world = World()
    if row["case"] == "no portrait on file":
        world.control.put("/__control/register", json={"id18": "370102190103070012", "portrait": None})
    name, number = ASKED.get(row["case"], ("张三", "370102190103070012"))
    marker = f"sandbox-face-{FACES[row['case']]}".encode() if FACES[row["case"]] else b"blurred"
    picture = base64.b64encode(b"\xff\xd8\xff\xe0" + marker + b"\xff\xd9").decode()
    body = {"datalist": [{"xm": name, "sfzh": number, "xczp": picture}]}
    answer = world.control.post("/police/share/rkkrxbd", json=body, headers=PORTRAIT["request"]["headers"])
    assert answer.json == row["body"]


@cases(
    [row for row in PORTRAIT["responses"] if row["case"] in {"same person", "name differs", "deceased", "no record"}]
)
def test_the_json_form_reads_name_number_and_mark(row: dict):
    rows = orjson.loads(row["body"]["data"])["data"]
    asked = (rows[0]["xm"], rows[0]["gmsfzh"]) if rows else ("王五", "370102190202020002")
    reading = read(row["body"], *asked)
    assert reading is REASONS[row["outcome"]]
    # Some regions send the inner object alone.
    assert read(orjson.loads(row["body"]["data"]), *asked) is reading


@cases([row for row in PORTRAIT["responses"] if row["outcome"] == "unavailable"])
def test_a_failing_json_service_is_unavailable(row: dict):
    with pytest.raises(Unavailable):
        read(row["body"], "张三", "370102190103070012")


@pytest.mark.parametrize("path", ["/police/share/rkkjzxxcx", "/police/share/rkkrxbd"])
def test_the_share_services_want_their_two_headers(path: str):
    assert World().control.post(path, json=PORTRAIT["request"]["body"]).status_code == 401
