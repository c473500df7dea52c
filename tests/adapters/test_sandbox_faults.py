"""Every upstream and every mode: either what is answered differs, or the table says why it cannot."""

import itertools
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Response, request

from adapters.sandbox.catalogue import IMPOSSIBLE, MODES, UPSTREAMS, why_not
from adapters.sandbox.faults import Fault, FaultTable, ResetFault, TimeoutFault
from idp.domain.attempt import Reply
from idp.domain.channel import Outcome, Scan, Verified
from idp.domain.errors import ChannelError, InvalidInput, LimitReached
from idp.domain.ports import SmsPurpose
from tests.adapters import ant, carrier, counter, police, portrait, registry, social, unionpay, wechat
from tests.adapters.judge import jpeg
from tests.adapters.rigs import SANDBOX, World
from tests.adapters.test_sms import gateway

OVER_HTTP = tuple(u for u in UPSTREAMS if u.name != "cmpp")  # that one: test_sandbox_cmpp.py
Walk = Callable[[World, int], Outcome | None]


# ---- one honest walk through each upstream; ``turn`` 0 and 1 are two people ------------------------------------------


def ask_police(world: World, turn: int) -> None:
    police.ask(police.channel_of(world, seed=turn), (police.ZHANG_SAN, police.LI_SI)[turn])


def compare_face(world: World, turn: int) -> None:
    """The police's other service, behind a token of its own."""
    channel = portrait.channel_of(world)
    portrait.scan(channel, jpeg(("zhang_san", "li_si")[turn]), (portrait.ZHANG_SAN, portrait.LI_SI)[turn])


def ask_registry(world: World, turn: int) -> None:
    company = (registry.TEST_COMPANY, registry.OTHER_COMPANY)[turn]
    registry.ask(registry.channel_of(world, seed=turn), company)


def scan_licence(world: World, turn: int) -> None:
    channel = registry.channel_of(world, "e_licence", seed=10 + turn)
    attempt = registry.attempt_of()
    step = channel.begin(attempt)
    assert isinstance(step, Scan)
    registry.decide(world, step, 0)
    channel.resume(attempt.awaiting(step.keep), Reply(attempt.id, registry.NAME))


def ask_bank(world: World, turn: int) -> None:
    unionpay.details(unionpay.channel_of(world), world, (unionpay.ZHANG_SAN, unionpay.LI_SI)[turn])


def ask_carrier(world: World, turn: int) -> None:
    person = (carrier.ZHANG_SAN, carrier.LI_SI)[turn]
    channel = carrier.channel_of(world, turn)
    carrier.say(channel, carrier.begun(channel, world, name=f"attempt-{turn}"), person)


def ask_social(world: World, turn: int) -> None:
    social.ask(social.channel_of(world, "record", seed=turn), (social.ZHANG_SAN, social.OUYANG)[turn])


def show_e_card(world: World, turn: int) -> Outcome:
    channel = social.channel_of(world, seed=10 + turn)
    attempt, step = social.begun(channel, (social.ZHANG_SAN, social.OUYANG)[turn])
    return channel.resume(attempt, social.reply(social.visit(world, step.url)))


def consent(world: World, turn: int) -> None:
    person = (ant.ZHANG_SAN, ant.LI_SI)[turn]
    channel = ant.CHANNELS[ant.ALIPAY](ant.channel_settings(SANDBOX)[ant.ALIPAY], world.around(turn))
    attempt, step = ant.begin(channel, person, f"a{turn}")
    back = ant.comes_back(world, step, account=person["id_number"], decision="agree")
    ant.resume(channel, attempt, back)


def show_face(world: World, turn: int) -> Outcome:
    channel = ant.CHANNELS[ant.ZHIMA](ant.channel_settings(SANDBOX)[ant.ZHIMA], world.around(turn))
    attempt, step = ant.begin(channel, (ant.ZHANG_SAN, ant.LI_SI)[turn], f"z{turn}")
    return ant.resume(channel, attempt, ant.comes_back(world, step, face="mine"))


def scan_wechat(world: World, turn: int) -> None:
    who, known = (("zhang_san", wechat.ZHANG_SAN), ("li_si", wechat.LI_SI))[turn]
    channel = wechat.channel_of(world, "account_and_face", seed=turn)
    attempt, step = wechat.before_the_camera(world, channel, known, who)
    wechat.show(world, step, "my_face")
    wechat.resume(channel, attempt)


def visit_counter(world: World, turn: int) -> None:
    counter.Visit(world).done(("zhang_san", "li_si")[turn])


def send_text(world: World, turn: int) -> None:
    gateway(world).send_code(f"+8619900000{turn:03d}", "048213", SmsPurpose.SIGN_IN)


WALKS: dict[str, tuple[Walk, ...]] = {
    "police": (ask_police, compare_face),
    "business_registry": (ask_registry, scan_licence),
    "unionpay": (ask_bank,),
    "carrier": (ask_carrier,),
    "social_security": (ask_social, show_e_card),
    "alipay_account": (consent,),
    "zhima_face": (show_face,),
    "wechat": (scan_wechat,),
    "counter": (visit_counter,),
    "sms": (send_text,),
}


def without_signatures(body: bytes) -> bytes:
    """A page or answer of the counter without what is drawn."""
    head, _, rest = body.partition(b".")
    try:
        payload = urlsafe_b64decode(rest.partition(b".")[0] + b"==").decode()
    except ValueError:
        return body
    return head + re.sub(r'"signature":"[^"]*"', "", payload).encode() + str(len(body)).encode()


@contextmanager
def recorded(world: World, tape: list[object]) -> Iterator[None]:
    """Write down what everybody is answered, when, and how it ends."""

    def write(response: Response) -> Response:
        body = response.get_data()
        if request.path.startswith("/counter/"):  # ECDSA is drawn: its octets differ by themselves
            body = without_signatures(body)
        if request.path == "/elicence/v1/result":  # and so is SM2
            body = body.partition(b'"signature"')[0]
        tape.append((request.path, response.status_code, response.headers.get("Location"), body))
        tape.append(world.clock.now())
        return response

    world.app.after_request_funcs.setdefault(None, []).append(write)
    yield


def transcript(name: str, mode: str | None) -> list[object]:
    """A first person with all well, then the fault, then a second person."""
    world = World(banks_close_at_night=False, sms_flow_control=False)
    tape: list[object] = []
    unionpay._NUMBERS = itertools.count(1)
    for walk in WALKS[name]:
        walk(world, 0)
    if mode is not None:
        world.fault(name, mode)
    with recorded(world, tape):
        for walk in WALKS[name]:
            try:
                walk(world, 1)
            except (
                ChannelError,
                InvalidInput,
                LimitReached,
                AssertionError,
                UnicodeError,
                TimeoutFault,
                ResetFault,
            ) as error:
                tape.append(type(error).__name__)
    if name == "sms":
        tape.append(world.control.get("/sms/inbox/19900000001.json").text)
    return tape


@pytest.mark.parametrize("name", sorted(WALKS))
def test_the_same_walk_is_answered_the_same(name: str):
    tape = transcript(name, None)
    assert tape == transcript(name, None)
    assert not {"AssertionError", "Distrusted", "Unavailable"} & {row for row in tape if isinstance(row, str)}


@pytest.mark.parametrize(("name", "mode"), [(u.name, mode) for u in OVER_HTTP for mode in sorted(MODES)])
def test_every_mode_changes_what_is_answered_or_is_declared_impossible(name: str, mode: str):
    if (name, mode) in IMPOSSIBLE:
        refused = World().control.put("/__control/faults", json={"channel": name, "mode": mode})
        assert (refused.status_code, refused.json) == (422, {"error": "impossible", "why": IMPOSSIBLE[name, mode]})
        return
    if name == "counter" and mode in {"bad_signature", "wrong_cert"}:
        # The signature is what differs and what is left out of the transcript: the channel says it.
        world = World()
        world.fault(name, mode)
        with pytest.raises(ChannelError):
            visit_counter(world, 0)
        return
    assert transcript(name, mode) != transcript(name, None)


def test_every_upstream_has_a_walk_and_every_operation_a_name():
    assert set(WALKS) == {u.name for u in OVER_HTTP}
    for upstream in UPSTREAMS:
        assert set(upstream.impossible) | set(upstream.only) <= MODES
        assert not set(upstream.impossible) & set(upstream.only)
        for operations in (*upstream.only.values(), upstream.for_people):
            assert operations <= set(upstream.operations)


def test_a_mode_that_shows_in_one_operation_alone_says_so_elsewhere_and_is_not_used_up():
    world = World()
    fault = {"channel": "police", "mode": "bad_signature", "operation": "2109"}
    refused = world.control.put("/__control/faults", json=fault)
    assert (refused.status_code, refused.json["why"]) == (422, "it shows only in refresh, token")
    table = FaultTable(seed=1)
    table.put(Fault("police", "bad_signature", count=1))
    assert table.take("police", "2109") is None
    assert table.take("police", "token") is not None


def test_a_page_of_people_knows_callback_faults_alone():
    assert why_not("wechat", "http_500", "confirm") is not None
    assert why_not("wechat", "duplicate_callback", "confirm") is None
    assert why_not("nobody", "http_500") is None


# ---- chance ---------------------------------------------------------------------------------------------------------


def struck(seed: int, requests: int = 200, rate: float = 0.25, beside: int = 0) -> list[bool]:
    table = FaultTable(seed)
    table.put(Fault("police", "http_500", rate=rate))
    table.put(Fault("sms", "http_500", rate=0.5))
    out = []
    for _ in range(requests):
        out.append(table.take("police", "2109") is not None)
        for _ in range(beside):
            table.take("sms", "SendSms")
    return out


def test_chance_is_repeated_by_its_seed_whatever_else_goes_on():
    assert struck(7) == struck(7, beside=3) != struck(8)
    assert 30 < sum(struck(7)) < 70


def test_a_new_seed_begins_anew():
    table = FaultTable(7)
    table.put(Fault("police", "http_500", rate=0.5))
    first = [table.take("police", "2109") is not None for _ in range(50)]
    table.reseed(7)
    assert [table.take("police", "2109") is not None for _ in range(50)] == first


def test_a_sandbox_takes_its_seed_and_tells_it():
    world = World(seed=3)
    world.control.put("/__control/seed", json={"seed": 11})
    assert world.control.get("/__control/state").json["seed"] == 11


def test_faults_are_cleared_one_by_one():
    world = World()
    world.fault("police", "http_500")
    world.fault("police", "slow", operation="token")
    world.fault("sms", "http_500")
    world.control.delete("/__control/faults?channel=police&operation=token")
    world.control.delete("/__control/faults?channel=sms")
    [left] = world.control.get("/__control/state").json["faults"]
    assert (left["channel"], left["mode"]) == ("police", "http_500")


def test_faults_told_in_one_list_are_taken_together_or_not_at_all():
    world = World()
    rows = [{"channel": "police", "mode": "slow"}, {"channel": "sms", "mode": "wrong_cert"}]
    assert world.control.put("/__control/faults", json=rows).status_code == 422
    assert world.control.get("/__control/state").json["faults"] == []


# ---- the calendar ---------------------------------------------------------------------------------------------------


def shut(world: World, channel: str, **more: object) -> None:
    answer = world.control.put("/__control/windows", json={"channel": channel, "on": True, **more})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", sorted(set(WALKS) - {"unionpay"}))
def test_an_upstream_is_shut_at_night_and_open_by_day(name: str):
    def walked(*, shut_from: str) -> list[object]:
        world, tape = World(sms_flow_control=False), []
        shut(world, name, **{"from": shut_from, "to": "09:00"})  # it is 08:00 in China
        with recorded(world, tape):
            for walk in WALKS[name]:
                try:
                    walk(world, 1)
                except (ChannelError, AssertionError) as error:
                    tape.append(type(error).__name__)
        return tape

    assert isinstance(walked(shut_from="07:30")[-1], str)
    assert not isinstance(walked(shut_from="08:30")[-1], str)


def test_the_usual_window_runs_over_midnight():
    world = World()
    shut(world, "police")
    windows = world.control.get("/__control/state").json["windows"]
    assert windows == {"police": {"from": "22:30", "to": "00:30"}}
    calendar = world.app.extensions["sandbox"].calendar
    found = []
    for advance in (14.4, 0.2, 1.7, 0.3):  # 22:24, 22:36, 00:18, 00:36
        world.clock.advance(advance * 3600)
        found.append(calendar.shut("police"))
    assert found == [False, True, True, False]
    world.control.put("/__control/windows", json={"channel": "police", "on": False})
    assert world.control.get("/__control/state").json["windows"] == {}


def test_a_quota_counts_the_requests_of_a_day():
    world = World()
    world.control.put("/__control/quotas", json={"channel": "police", "operation": "2109", "per_day": 2})
    channel = police.channel_of(world)
    for _ in range(2):
        police.ask(channel, police.ZHANG_SAN)
    with pytest.raises(ChannelError):
        police.ask(channel, police.ZHANG_SAN)
    [quota] = world.control.get("/__control/state").json["quotas"]
    assert (quota["used"], quota["per_day"]) == (2, 2)
    world.clock.advance(86_400)
    police.ask(police.channel_of(world, seed=5), police.ZHANG_SAN)
    world.control.put("/__control/quotas", json={"channel": "police", "operation": "2109", "per_day": None})
    assert world.control.get("/__control/state").json["quotas"] == []


# ---- callbacks ------------------------------------------------------------------------------------------------------


def test_a_browser_that_is_back_too_early_finds_nothing_yet():
    world = World()
    world.fault("social_security", "early_callback")
    assert not isinstance(show_e_card(world, 0), Verified)
    world.fault("zhima_face", "early_callback")
    show_face(world, 0)
    assert len(world.requests(ant.METHODS["query"])) > 1  # the first query came too early


def test_a_double_return_leads_to_the_same_address_twice():
    world = World()
    world.fault("alipay_account", "duplicate_callback")
    channel = ant.channel_of(world, ant.ALIPAY)
    _, step = ant.begin(channel)
    page = world.control.get(step.url.removeprefix(ant.SANDBOX)).text  # type: ignore[union-attr]
    fields = {n: v for n, v in ant.html.fromstring(page).forms[0].form_values() if v is not None}
    twice = world.control.post("/alipay/oauth2/decision", data=fields | {"decision": "agree"})
    links = [a.get("href") for a in ant.html.fromstring(twice.text).findall(".//main//a")]
    assert len(links) == 2
    assert links[0] == links[1]
    assert links[0].startswith(ant.RETURN)


def test_the_guide_explains_every_mode_once():
    guide = (Path(__file__).parent.parent.parent / "docs" / "sandbox.md").read_text(encoding="utf-8")
    table = guide.partition("## Fault modes")[2].partition("###")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(mode for cell in cells for mode in re.findall(r"`(\w+)`", cell)) == sorted(MODES)


def test_the_guide_lists_every_operation_and_every_reason():
    guide = (Path(__file__).parent.parent.parent / "docs" / "sandbox.md").read_text(encoding="utf-8")
    rows = [line for line in guide.splitlines() if line.startswith("| `")]
    for upstream in UPSTREAMS:
        mine = [row for row in rows if row.startswith(f"| `{upstream.name}` |")]
        assert any(all(f"`{o}`" in row for o in upstream.operations) for row in mine)
        for mode, why in upstream.impossible.items():
            assert any(f"`{mode}`" in row and why in row for row in mine), (upstream.name, mode)
        for mode, operations in upstream.only.items():
            assert any(f"`{mode}`" in row and all(f"`{o}`" in row for o in operations) for row in mine)
