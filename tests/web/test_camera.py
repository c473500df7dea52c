"""The camera of a journey's attempt as its script talks to us: a whole check, and everything else that may be posted."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from werkzeug.test import TestResponse

from idp.app import create_app
from idp.domain.capturing import MOST_FRAMES, Frame, Movement
from idp.given import World
from idp.settings import Settings
from idp.stores.redis.wire import Wire
from idp.system import SystemRandomness
from idp.web.pages.camera import MOST_FORM_BYTES
from idp.web.pages.camera_frames import MOST_BYTES
from tests.capture_judge import ScriptedJudge, blurred, frames, jpeg, packed
from tests.provider import ISSUER, POLICE_ALONE, Browser, Provider, open_provider
from tests.valkey import everything_in

FACE = jpeg("zhang_san")
ACR_3 = "urn:yihaotong:realname:3"
CHANNEL = "local_face"
OPERATION = "rkkrxbd"


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Iterator[Provider]:
    judged_by = ScriptedJudge()
    more = {CHANNEL, "counter_verify"}
    with open_provider(tmp_path, _database_template, fast_wire, offered=POLICE_ALONE | more, judge=judged_by) as made:
        yield made


@pytest.fixture
def judge(provider: Provider) -> ScriptedJudge:
    assert provider.judge is not None
    return provider.judge


class Camera:
    """A citizen's browser at the camera page of a journey, and what its script would send."""

    def __init__(self, provider: Provider, number: int = 1, **proof: str) -> None:
        self.provider = provider
        self.person = provider.citizen(number, **proof)
        self.browser = provider.browser()
        self.browser.sign_in(self.person)
        found = provider.party(f"hall-{number}").authorize(self.browser, acr_values=ACR_3)
        page = self.browser.follow(found)
        journey = re.search(r"/journey/[^/]+", page.request.path)
        assert journey, page.request.path
        self.journey = journey[0]
        self.base = f"{self.journey}/prove/{CHANNEL}"
        self.token = _token(page)
        self.open()

    def open(self) -> TestResponse:
        """The camera page; who has not agreed yet agrees."""
        page = self.browser.get(self.base)
        if f"{self.base}/consent" in page.text:
            page = self.browser.follow(self.browser.post(f"{self.base}/consent", {"csrf_token": _token(page)}))
        return page

    def start(self, **more: Any) -> TestResponse:
        return self.browser.post(f"{self.base}/start", {"csrf_token": self.token, **more})

    def frames(self, run: str, sent: list[Frame], **more: Any) -> TestResponse:
        return self.send("frames", packed(sent), run, **more)

    def picture(self, run: str, picture: bytes = FACE, **more: Any) -> TestResponse:
        return self.send("picture", picture, run, **{"content_type": "image/jpeg", **more})

    def send(self, what: str, body: bytes, run: str, **more: Any) -> TestResponse:
        headers = {"X-CSRFToken": self.token, "X-Capture": run, **more.pop("headers", {})}
        more = {"content_type": "application/octet-stream", **more}
        return self.browser.post(f"{self.base}/{what}", body, headers=headers, **more)

    def run(self, picture: bytes = FACE) -> str:
        """A run to its end; its id."""
        step = self.start()
        assert step.status_code == 200, step.text
        run, at, want = step.json["capture"], step.json["next"], step.json["want"]
        while want is None:
            answer = self.frames(run, frames(picture, at))
            assert answer.status_code == 200, answer.text
            at, want = answer.json["next"], answer.json["want"]
        return str(run)

    def look(self, picture: bytes = FACE) -> TestResponse:
        """A run, and its wanted picture."""
        return self.picture(self.run(picture), picture)

    def proofs(self) -> int:
        """How often the account was proved by a face."""
        evidence = self.provider.stores.citizens.evidence_of(self.person.id)
        return len([each for each in evidence if each.channel == CHANNEL])


def _token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text[:400]
    return found[1]


@pytest.fixture
def camera(provider: Provider) -> Camera:
    return Camera(provider)


@pytest.fixture(scope="module")
def standing(
    tmp_path_factory: pytest.TempPathFactory, _database_template: Path, module_wire: Wire
) -> Iterator[tuple[Camera, str]]:
    """A camera of the whole module and its run, for posts that are refused before anybody looks at run or body."""
    path, judged_by = tmp_path_factory.mktemp("standing"), ScriptedJudge()
    with open_provider(path, _database_template, module_wire, more={CHANNEL}, judge=judged_by) as made:
        camera = Camera(made)
        yield camera, camera.start().json["capture"]


# ---- a check --------------------------------------------------------------------------------------------------------


def test_a_live_face_is_compared_and_proves_presence(camera: Camera):
    step = camera.start().json
    assert step == {
        "capture": step["capture"],
        "next": 0,
        "want": None,
        "shown": {"movement": step["shown"]["movement"], "colour": "white", "hint": None, "done": 0, "steps": 2},
    }
    assert step["shown"]["movement"] in set(Movement)
    first = camera.frames(step["capture"], frames(FACE, 0))
    assert (first.json["next"], first.json["want"], first.json["shown"]["done"]) == (4, None, 1)
    assert camera.frames(step["capture"], frames(FACE, 0)).json == first.json  # its answer was lost
    last = camera.frames(step["capture"], frames(FACE, 4)).json
    assert last["want"] == 7
    answer = camera.picture(step["capture"])
    assert answer.status_code == 200
    assert set(answer.json) == {"go"}
    assert answer.json["go"].startswith(camera.journey)
    assert camera.proofs() == 1
    assert camera.browser.get(answer.json["go"]).status_code in {200, 303}


def test_the_session_goes_on_under_the_token_that_the_answer_sets(camera: Camera):
    before = camera.browser.cookie("__Host-session")
    answer = camera.look()
    assert "Set-Cookie" in answer.headers
    assert camera.browser.get("/account").status_code == 200
    assert before != camera.browser.cookie("__Host-session") or before is None


def test_what_is_not_live_is_refused_and_costs_a_try(camera: Camera, provider: Provider):
    answer = camera.look(jpeg("zhang_san", live=False))
    assert answer.status_code == 200
    assert answer.json == {"go": camera.base}
    assert camera.proofs() == 0
    assert provider.sandbox.requests(OPERATION) == []
    assert camera.browser.get(camera.base).status_code == 200


def test_another_persons_face_is_refused(camera: Camera):
    assert camera.look(jpeg("li_si")).json == {"go": camera.base}
    assert camera.proofs() == 0


def test_bad_frames_lead_to_the_camera_once_more_and_cost_nothing(camera: Camera):
    assert camera.look(blurred()).json == {"go": camera.base}
    assert camera.browser.get(camera.base).status_code == 200
    camera.look()
    assert camera.proofs() == 1


def test_three_tries_an_hour_and_another_way_stays(camera: Camera, provider: Provider):
    """FAC-04."""
    for _ in range(3):
        camera.look(jpeg("zhang_san", live=False))
        page = camera.browser.get(camera.base)
        again = camera.browser.post(f"{camera.base}/again", {"csrf_token": _token(page)})
        camera.browser.follow(again)
    assert camera.start().json == {"go": camera.base}  # no attempt was begun any more
    assert camera.proofs() == 0
    assert "counter_verify" in camera.browser.get(f"{camera.journey}/prove").text


def test_what_the_person_cannot_do_and_colours_they_cannot_bear_are_left_out(camera: Camera):
    for _ in range(5):
        step = camera.start(without=["turn_left", "blink"], calm="1").json
        assert step["shown"]["movement"] not in {"turn_left", "blink"}
        assert step["shown"]["colour"] is None
    for wrong in (["turn_left", "turn_right"], ["stand on your head"]):
        answer = camera.start(without=wrong)
        assert (answer.status_code, answer.json) == (400, {"go": camera.base})


def test_runs_without_end_are_refused_with_when_to_come_back(camera: Camera):
    for _ in range(9):
        assert camera.start().status_code == 200
    answer = camera.start()
    assert (answer.status_code, answer.json) == (429, {"go": camera.base})
    assert int(answer.headers["Retry-After"]) > 60
    assert camera.browser.get(camera.base).status_code == 429  # its page says so


# ---- failures -------------------------------------------------------------------------------------------------------


def test_a_busy_judge_asks_for_the_same_once_more(camera: Camera, judge: ScriptedJudge):
    run = camera.start().json["capture"]
    judge.busy = 1
    answer = camera.frames(run, frames(FACE, 0))
    assert (answer.status_code, answer.json, answer.headers["Retry-After"]) == (503, {"error": "busy"}, "1")
    assert camera.frames(run, frames(FACE, 0)).json["next"] == 4


def test_when_the_police_do_not_answer_the_same_picture_may_come_again(camera: Camera, provider: Provider):
    run = camera.run()
    provider.sandbox.fault("police", "http_500", operation=OPERATION)
    answer = camera.picture(run)
    assert (answer.status_code, answer.json) == (503, {"error": "busy"})
    provider.sandbox.heal()
    provider.clock.advance(31)  # past an open breaker
    assert camera.picture(run).status_code == 200
    assert camera.proofs() == 1


def test_when_the_police_stay_away_the_page_says_so_and_no_try_is_used_up(camera: Camera, provider: Provider):
    provider.sandbox.fault("police", "http_500", operation=OPERATION)
    run = camera.run()
    assert camera.picture(run).status_code == 503
    answer = camera.picture(run)
    assert (answer.status_code, answer.json) == (200, {"go": camera.base})
    assert camera.browser.get(camera.base).status_code == 503
    provider.sandbox.heal()
    provider.clock.advance(31)
    camera.look()
    assert camera.proofs() == 1


def test_an_answer_that_cannot_be_believed_leads_back_to_the_page(camera: Camera, provider: Provider):
    provider.sandbox.fault("police", "garbage", operation=OPERATION)
    answer = camera.look()
    assert (answer.status_code, answer.json) == (200, {"go": camera.base})
    assert camera.proofs() == 0


# ---- what else may be posted ----------------------------------------------------------------------------------------


def test_another_citizens_run_is_nobodys(camera: Camera, provider: Provider, judge: ScriptedJudge):
    """FAC-01: other citizen's verdict."""
    other = Camera(provider, 2, name="李思", id_number="370102190204150003")
    theirs = other.run(jpeg("li_si"))
    camera.start()
    asked = judge.calls
    for answer in (camera.picture(theirs, jpeg("li_si")), camera.frames(theirs, frames(FACE, 8))):
        assert (answer.status_code, answer.json) == (409, {"go": camera.base})
    assert judge.calls == asked
    assert camera.proofs() == 0


def test_a_judgement_is_used_once(camera: Camera):
    """FAC-01: yesterday's verdict."""
    run = camera.run()
    assert camera.picture(run).status_code == 200
    again = camera.picture(run)
    assert again.status_code == 409
    assert camera.proofs() == 1


@pytest.mark.parametrize("picture", [jpeg("li_si"), FACE + b"\0", jpeg("zhang_san", size=20_001)])
def test_only_the_wanted_picture_is_taken(camera: Camera, picture: bytes):
    run = camera.run()
    assert camera.picture(run, picture).status_code == 409
    assert camera.picture(run).status_code == 409  # and the run is over
    assert camera.proofs() == 0


def test_frames_out_of_their_order_end_the_run_without_a_word(camera: Camera, provider: Provider):
    for count, first in enumerate([1, 5, MOST_FRAMES, 2**24], start=1):
        run = camera.start().json["capture"]
        answer = camera.frames(run, frames(FACE, first))
        assert (answer.status_code, answer.json) == (409, {"go": camera.base}), first
        assert camera.frames(run, frames(FACE, 0)).status_code == 409, first  # the run is over
        provider.drain()
        fouls = [
            row for row in provider.stores.audit.recent(camera.person.id, limit=50) if row.kind == "capture_fouled"
        ]
        assert [row.detail["word"] for row in fouls] == ["sequence_gap"] * count, first


def test_what_is_no_frames_is_refused_and_the_run_goes_on(camera: Camera):
    """FAC-02."""
    run = camera.start().json["capture"]
    for body in (b"", b"<svg/>", b"\0" * 12, packed(frames(b"GIF89a", 0))):
        answer = camera.send("frames", body, run)
        assert (answer.status_code, answer.json) == (400, {"go": camera.base}), body
    assert camera.frames(run, frames(FACE, 0)).json["next"] == 4


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("frames", "image/jpeg"),
        ("frames", "application/x-www-form-urlencoded"),
        ("frames", "multipart/form-data; boundary=x"),
        ("frames", ""),
        ("picture", "application/octet-stream"),
        ("picture", "image/svg+xml"),
        ("picture", "image/png"),
        ("start", "application/json"),
        ("start", "text/plain"),
    ],
)
def test_another_content_type_is_refused(standing: tuple[Camera, str], what: str, kind: str):
    camera, run = standing
    answer = camera.send(what, FACE, run, content_type=kind)
    assert (answer.status_code, answer.json) == (415, {"go": camera.base})


class Unread:
    """A body of ``size`` bytes that must not be read; a test's client asks it for its length alone."""

    def __init__(self, size: int) -> None:
        self._size, self._at = size, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (self._size if whence == 2 else 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, *_: int) -> bytes:
        raise AssertionError("read")

    def close(self) -> None:
        pass

    readline = readinto = read


@pytest.mark.parametrize(
    ("what", "kind", "most"),
    [
        ("frames", "application/octet-stream", MOST_BYTES),
        ("picture", "image/jpeg", MOST_BYTES),
        ("start", "application/x-www-form-urlencoded", MOST_FORM_BYTES),
    ],
)
@pytest.mark.parametrize("length", [1, 30_000_000, 10**12])
def test_what_is_too_large_is_refused_before_it_is_read(
    standing: tuple[Camera, str], what: str, kind: str, most: int, length: int
):
    """FAC-02."""
    camera, run = standing
    answer = camera.browser.http.post(
        f"{camera.base}/{what}",
        base_url=ISSUER,
        input_stream=Unread(most + length),  # type: ignore[arg-type]
        content_type=kind,
        headers={"X-CSRFToken": camera.token, "X-Capture": run},
        environ_base=camera.browser.place,
    )
    assert (answer.status_code, answer.json) == (413, {"go": camera.base})


def test_without_the_pages_token_nothing_happens(camera: Camera, judge: ScriptedJudge):
    """WEB: cross-site requests."""
    run = camera.start().json["capture"]
    asked = judge.calls
    for token in ("", "x"):
        camera.token = token
        answers = [camera.start(), camera.frames(run, frames(FACE, 0)), camera.picture(run)]
        assert [(each.status_code, each.json) for each in answers] == [(403, {"go": camera.base})] * 3, token
        assert judge.calls == asked, token


def test_another_browser_gets_nothing(camera: Camera, provider: Provider):
    run = camera.run()
    stranger = Browser(provider)
    answer = stranger.post(
        f"{camera.base}/picture",
        FACE,
        content_type="image/jpeg",
        headers={"X-CSRFToken": camera.token, "X-Capture": run},
    )
    assert (answer.status_code, answer.json) == (409, {"go": camera.base})
    assert camera.proofs() == 0


def test_what_a_post_names_beside_the_picture_is_ignored(camera: Camera, provider: Provider):
    """FAC-03."""
    run = camera.run(jpeg("li_si"))
    named = {"reference": "li_si", "user_id": "2", "id_number": "370102190204150003", "verdict": "live"}
    answer = camera.picture(
        run, jpeg("li_si"), query_string=named, headers={f"X-{name}": v for name, v in named.items()}
    )
    assert answer.json == {"go": camera.base}
    assert camera.proofs() == 0
    (asked,) = provider.sandbox.requests(OPERATION)
    assert "li_si" not in str(asked.get("id", ""))


@pytest.mark.parametrize("address", ["return", "wait"])
def test_the_doors_of_upstreams_prove_nothing_here(camera: Camera, address: str):
    """FAC-01: edited posts at another address of the attempt."""
    for answer in (
        camera.browser.get(f"{camera.base}/{address}?judged=live&verdict=live"),
        camera.browser.post(f"{camera.base}/return", {"judged": "live"}),
        camera.browser.post(camera.base, {"csrf_token": camera.token, "judged": "live"}),
    ):
        assert answer.status_code in {303, 400}, answer.status_code
    assert camera.proofs() == 0
    camera.look()  # the attempt stands as it stood
    assert camera.proofs() == 1


def test_at_a_channel_without_a_camera_there_is_no_camera(camera: Camera):
    camera.base = f"{camera.journey}/prove/police_population"
    answer = camera.start()
    assert (answer.status_code, answer.json) == (409, {"go": camera.base})


# ---- what is left ---------------------------------------------------------------------------------------------------


def test_after_a_check_there_is_no_picture_and_no_template_anywhere(
    camera: Camera, provider: Provider, fast_wire: Wire, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """FAC-05: the marker of the face, the template, the bytes and their digest: in no store, log or file."""
    caplog.set_level("DEBUG")
    hidden = [b"sandbox-face", b"zhang_san", hashlib.sha256(FACE).hexdigest().encode(), FACE[:64]]
    kept: list[bytes] = []
    with structlog.testing.capture_logs() as logged:
        run = camera.run()
        kept.append(repr(everything_in(fast_wire)).encode())
        camera.picture(run)
    provider.drain()
    kept += [repr(everything_in(fast_wire)).encode(), repr(logged).encode(), caplog.text.encode()]
    kept += [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    database = sqlite3.connect(tmp_path / "provider.db")
    kept += [line.encode() for line in database.iterdump()]
    database.close()
    assert [mark for mark in hidden if any(mark in text for text in kept)] == []
    assert camera.proofs() == 1


@pytest.fixture
def nobody_judges(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Iterator[Provider]:
    with open_provider(tmp_path, _database_template, fast_wire, offered=POLICE_ALONE | {CHANNEL}) as made:
        yield made


def test_without_a_judge_there_is_no_way_and_no_page(nobody_judges: Provider):
    browser = nobody_judges.browser()
    browser.sign_in(nobody_judges.citizen())
    page = browser.follow(nobody_judges.party().authorize(browser, acr_values=ACR_3))
    assert CHANNEL not in page.text
    for what in ("start", "frames", "picture"):
        assert browser.post(f"{page.request.path}/{CHANNEL}/{what}").status_code in {404, 405}


PRODUCTION = Settings(
    mode="production",
    issuer="https://id.province.example",
    database_url="postgresql+psycopg://db.example/idp",
    master_key="x",
)


@pytest.mark.parametrize("judged_by", [None, ScriptedJudge(certified=False)], ids=["nobody", "uncertified"])
def test_outside_development_a_camera_without_a_certified_judge_is_refused_at_start(
    provider: Provider, judged_by: ScriptedJudge | None
):
    assert PRODUCTION.faults() == ()
    clock, randomness = provider.clock, SystemRandomness()
    outside: list[Any] = [clock, randomness, None, None, None, lambda: True, None]
    for judge, started in ((judged_by, False), (ScriptedJudge(), True)):
        world = World(*outside, judge)
        if started:
            assert create_app(PRODUCTION, provider.registry, provider.channels, provider.stores, provider.vault, world)
            continue
        with pytest.raises(ValueError, match="IDP_CHANNELS__LOCAL_FACE: "):
            create_app(PRODUCTION, provider.registry, provider.channels, provider.stores, provider.vault, world)
