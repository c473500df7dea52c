"""The police channel: input, the second spelling, failures, settings."""

import pydantic
import pytest
import structlog

from adapters import CHANNELS
from adapters.http import Answer, Request
from adapters.police import nciic, package
from adapters.police.finding import Query
from adapters.police.settings import PolicePopulationSettings
from adapters.sandbox.credentials import ISSUED, police_settings
from idp.domain.channel import Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted
from tests.adapters.police import BUSINESS, DECEASED, LI_SI, MISSING, NAME, RARE, ZHANG_SAN, ask, channel_of, claims
from tests.adapters.rigs import SANDBOX, World

# ---- input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["370102190103070012", "３７０１０２１９０１０３０７００１２", "370102 19010307 0012", "370102010307001"]
)
def test_a_number_is_taken_as_people_type_it(typed: str):
    outcome = ask(channel_of(World()), {"name": " 张　三 ", "id_number": typed})
    assert isinstance(outcome, Verified)
    assert outcome.claims[ClaimName.NAME] == "张三"
    assert outcome.claims[ClaimName.ID_NUMBER] == "370102190103070012"


def test_a_lower_case_check_character_is_taken():
    assert isinstance(ask(channel_of(World()), {"name": "钱大", "id_number": "37010219040404001x"}), Verified)


@pytest.mark.parametrize("dot", "·•・．.‧∙⋅･●")
def test_every_middle_dot_finds_the_same_person(dot: str):
    outcome = ask(channel_of(World()), {"name": f"艾力{dot}买买提", "id_number": "650102190301010034"})
    assert isinstance(outcome, Verified)
    assert outcome.claims[ClaimName.NAME] == "艾力·买买提"


def test_a_character_that_xml_cannot_carry_is_bad_input():
    assert ask(channel_of(World()), {**ZHANG_SAN, "name": "张\uffff三"}) == Rejected(Reason.BAD_INPUT)


def test_a_number_other_than_the_account_has_proved_is_refused_unasked():
    world = World()
    outcome = ask(channel_of(world), LI_SI, known={ClaimName.ID_NUMBER: ZHANG_SAN["id_number"]})
    assert outcome == Rejected(Reason.MISMATCH_PERSON)
    assert world.requests("2109") == []


# ---- one second spelling (channels.md 2.2 rule 5) -------------------------------------------------------------------


def private_use(world: World) -> None:
    changed = world.control.put("/__control/register", json={"id18": RARE["id_number"], "name": "王\ue863"})
    assert changed.status_code == 200


@pytest.mark.parametrize("profile", BUSINESS)
def test_a_rare_character_matches_a_register_that_holds_the_private_use_form(profile: str):
    world = World()
    private_use(world)
    with structlog.testing.capture_logs() as events:
        outcome = ask(channel_of(world, profile), RARE)
    assert isinstance(outcome, Verified)
    assert outcome.claims[ClaimName.NAME] == "王䶮"
    checks = [e for e in events if e["event"] == "population_check"]
    assert [(e["spelling"], e["result"]) for e in checks] == [("canonical", "mismatch_name"), ("alternative", "match")]
    assert len({e["txn"] for e in checks}) == 2
    assert outcome.txn == checks[1]["txn"]
    assert len(world.requests(BUSINESS[profile])) == 2


def test_the_unicode_form_matches_at_once():
    world = World()
    assert isinstance(ask(channel_of(world), RARE), Verified)
    assert len(world.requests("2109")) == 1


def test_a_register_with_a_full_stop_for_the_dot_is_asked_a_second_time():
    world = World()
    world.control.put("/__control/register", json={"id18": "650102190301010034", "name": "艾力.买买提"})
    outcome = ask(channel_of(world), {"name": "艾力·买买提", "id_number": "650102190301010034"})
    assert isinstance(outcome, Verified)


def test_a_plain_name_is_never_asked_twice():
    world = World()
    assert isinstance(ask(channel_of(world), {**ZHANG_SAN, "name": "张叁"}), Rejected)
    assert len(world.requests("2109")) == 1


def test_two_spellings_that_both_differ_are_one_refusal():
    world = World()
    outcome = ask(channel_of(world), {"name": "李䶮", "id_number": RARE["id_number"]})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_NAME
    assert len(world.requests("2109")) == 2


# ---- failures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", BUSINESS)
def test_an_upstream_that_fails_every_other_time_is_asked_again_and_verifies(profile: str):
    world = World()
    channel = channel_of(world, profile)
    world.fault("police", "flap", operation=BUSINESS[profile])
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests(BUSINESS[profile])) == 2


def test_a_second_try_carries_a_new_request_number():
    world = World()
    world.fault("police", "http_502", operation="2109", count=1)
    assert isinstance(ask(channel_of(world), ZHANG_SAN), Verified)


def test_a_distrusted_answer_is_never_asked_for_again():
    world = World()
    world.fault("police", "garbage", operation="2109")
    with pytest.raises(Distrusted):
        ask(channel_of(world), ZHANG_SAN)
    assert len(world.requests("2109")) == 1


@pytest.mark.parametrize("profile", ["gateway", "national"])
def test_an_old_answer_about_the_same_person_is_distrusted_by_its_request_number(profile: str):
    world = World()
    channel = channel_of(world, profile)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.fault("police", "stale", operation="2109")
    with pytest.raises(Distrusted, match="another request"):
        ask(channel, ZHANG_SAN)


def test_values_on_their_way_print_nobody():
    name, number = ZHANG_SAN.values()
    on_their_way = (
        Query(name, number, 0),
        package.Question("0" * 32, 0, name, number),
        nciic.Conditions("s", "250000", "y", name, number),
        Request("/path", name.encode(), {"key": number}, {"sign": number}),
        Answer(NAME, 200, name.encode()),
    )
    printed = repr(on_their_way)
    assert [value for value in (name, repr(name.encode()), number) if value in printed] == []


def test_refusals_never_open_the_breaker():
    channel = channel_of(World())
    for _ in range(25):
        assert isinstance(ask(channel, {**ZHANG_SAN, "name": "张叁"}), Rejected)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)


# ---- service 2108 (channels.md 3.3.1): asked where it is all that was granted ----------------------------------------


@pytest.mark.parametrize("profile", ["gateway", "national"])
def test_2108_is_asked_by_its_own_number_and_operation_and_proves_no_more(profile: str):
    world = World()
    outcome = ask(channel_of(world, profile, question="2108"), ZHANG_SAN)
    assert isinstance(outcome, Verified)
    assert dict(outcome.claims) == claims(ZHANG_SAN, "1901-03-07", "male")
    assert [row["path"] for row in world.requests("2109")] == ["/police/wsproxy/s_1200000900000_2108"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({**ZHANG_SAN, "name": "张叁"}, Reason.MISMATCH_NAME),
        (MISSING, Reason.NOT_FOUND),
        (DECEASED, Reason.CANCELLED_OR_DECEASED),
    ],
)
def test_2108_refuses_as_2109_does(fields: dict[str, str], reason: Reason):
    for question in ("2108", "2109"):
        outcome = ask(channel_of(World(), question=question), fields)
        assert isinstance(outcome, Rejected)
        assert outcome.reason is reason


def test_a_region_may_number_its_services_otherwise():
    settings = PolicePopulationSettings.model_validate(police_settings("gateway", SANDBOX))
    assert settings.service_id == "s_1200000900000_2109"
    assert settings.model_copy(update={"question": "2108"}).service_id == "s_1200000900000_2108"
    assert settings.model_copy(update={"sid": "s_37"}).service_id == "s_37"


# ---- settings -------------------------------------------------------------------------------------------------------


def test_plain_http_is_refused_unless_allowed():
    values = police_settings("gateway", "http://sandbox.test")
    with pytest.raises(ValueError, match="https"):
        CHANNELS[NAME](values, World().around())
    CHANNELS[NAME](values | {"allow_plain_http": "true"}, World().around())


@pytest.mark.parametrize("profile", BUSINESS)
def test_settings_name_everything_that_a_profile_lacks(profile: str):
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[NAME]({"base_url": SANDBOX, "profile": profile}, World().around())
    needed = set(police_settings(profile, SANDBOX)) - {"base_url", "profile"}
    assert all(name in str(caught.value) for name in needed)


def test_settings_print_no_secret():
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[NAME](police_settings("gateway", SANDBOX) | {"unknown": "x"}, World().around())
    assert ISSUED.gateway_key not in str(caught.value)
