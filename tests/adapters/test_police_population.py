"""The police channel in its five profiles: the contract, the spelling rule, secrets, and the wire."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import httpx
import pydantic
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import CHANNELS
from adapters.sandbox.credentials import ISSUED, police_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Outcome, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import ChannelError, Distrusted, Unavailable
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.contract.channel import DISTRUSTED_MODES, ChannelContract, Person, Rig

NAME = "police_population"
ZHANG_SAN = {"name": "张三", "id_number": "370102190103070012"}
LI_SI = {"name": "李思", "id_number": "370102190204150003"}
DECEASED = {"name": "孙故", "id_number": "370102190112310006"}
MISSING = {"name": "王五", "id_number": "370102190202020002"}
RARE = {"name": "王䶮", "id_number": "370602190506060019"}
BUSINESS = {"gateway": "2109", "national": "2109", "nciic": "nciicCheck", "md5": "basic_check", "csb": "basic_check"}


def claims(fields: dict[str, str], birthdate: str, gender: str) -> dict[ClaimName, str]:
    return {
        ClaimName.NAME: fields["name"],
        ClaimName.ID_NUMBER: fields["id_number"],
        ClaimName.BIRTHDATE: birthdate,
        ClaimName.GENDER: gender,
    }


def channel_of(world: World, profile: str = "gateway", seed: int | None = None, **changes) -> Channel:
    return CHANNELS[NAME](police_settings(profile, SANDBOX) | changes, world.around(seed))


def ask(channel: Channel, fields: dict[str, str], known: dict[ClaimName, str] | None = None) -> Outcome:
    attempt = Attempt("attempt-1", NAME, 4e9, "https://idp.test/return", known=known or {})
    return channel.resume(attempt, Reply("attempt-1", NAME, fields))


class PoliceContract(ChannelContract):
    channel_name = NAME
    profile: ClassVar[str]
    # The refusal for somebody who is marked deceased; NCIIC has no word for it.
    deceased_reason: ClassVar[Reason] = Reason.CANCELLED_OR_DECEASED

    @pytest.fixture
    def world(self) -> World:
        return World(gateway_seconds=120, national_seconds=120)

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            answers_about_people = mode in {"stale", "wrong_subject", "encoding_gbk"}
            operation = BUSINESS[self.profile] if answers_about_people else None
            world.fault("police", mode, operation=operation)
            world.clock.advance(121)  # platform secrets have ended: they too are fetched under the fault

        def heal() -> None:
            world.transport.down = False
            world.heal()
            world.clock.advance(31)  # past an open breaker

        return Rig(
            channel=channel_of(world, self.profile),
            clock=world.clock,
            honest=Person(ZHANG_SAN, claims(ZHANG_SAN, "1901-03-07", "male")),
            other=Person(LI_SI, claims(LI_SI, "1902-04-15", "female")),
            wrong=[
                Person({**ZHANG_SAN, "name": "张叁"}, refused_for=frozenset({Reason.MISMATCH_NAME})),
                Person(MISSING, refused_for=frozenset({Reason.NOT_FOUND})),
                Person(DECEASED, refused_for=frozenset({self.deceased_reason})),
                Person({**ZHANG_SAN, "id_number": "370102190103070010"}, refused_for=frozenset({Reason.BAD_INPUT})),
                Person({}, refused_for=frozenset({Reason.BAD_INPUT})),
            ],
            break_upstream=break_upstream,
            heal=heal,
            unprintable=[
                *(value for person in (ZHANG_SAN, LI_SI, DECEASED, MISSING) for value in person.values()),
                "张叁",
                "赵六",
                "370102190303030015",
                ISSUED.gateway_key,
                ISSUED.national_key,
                ISSUED.soap_password,
                ISSUED.nciic_licence,
                ISSUED.md5_app_secret,
                ISSUED.csb_secret_key,
            ],
            deadline_seconds=30,
        )

    def test_a_number_of_a_document_it_does_not_serve_is_never_asked(self, rig: Rig, world: World):
        outcome = ask(rig.channel, {"name": "陈大文", "id_number": "810000190101010015"})
        assert outcome == Rejected(Reason.NOT_FOUND)
        assert world.requests(BUSINESS[self.profile]) == []

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_an_outcome_or_a_channel_error(self, status: int, body: bytes):
        world = World()
        world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, self.profile), ZHANG_SAN)
        except ChannelError:
            return
        assert isinstance(outcome, Rejected)

    @settings(
        max_examples=120,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        cut=st.floats(0, 1),
        length=st.integers(0, 12),
        patch=st.binary(max_size=8) | st.text(max_size=6).map(str.encode),
    )
    def test_an_answer_with_a_piece_exchanged_never_verifies_anybody_else(self, cut: float, length: int, patch: bytes):
        class Patching(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                response = honest.handle_request(request)
                body = b"".join(response.stream)  # type: ignore[arg-type]
                at = int(cut * len(body))
                return streamed(
                    response.status_code, body[:at] + patch.decode(errors="replace").encode() + body[at + length :]
                )

        world = World()
        honest, world.transport = world.transport, Patching()  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, self.profile), ZHANG_SAN)
        except ChannelError:
            return
        if isinstance(outcome, Verified):
            assert outcome.claims == claims(ZHANG_SAN, "1901-03-07", "male")


class TestGateway(PoliceContract):
    profile = "gateway"
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m != "wrong_cert")


class TestNational(PoliceContract):
    profile = "national"
    distrusted_modes = TestGateway.distrusted_modes


class TestNciic(PoliceContract):
    profile = "nciic"
    deceased_reason = Reason.NOT_FOUND
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m not in {"wrong_cert", "bad_signature"})


class TestMd5(PoliceContract):
    profile = "md5"
    distrusted_modes = TestNciic.distrusted_modes


class TestCsb(PoliceContract):
    profile = "csb"
    distrusted_modes = TestNciic.distrusted_modes


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


# ---- secrets of the platforms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "fetch"), [("gateway", "token"), ("national", "refresh"), ("md5", "refresh")])
def test_a_secret_serves_many_calls_and_is_renewed_before_it_ends(profile: str, fetch: str):
    world = World(national_seconds=600)
    channel = channel_of(world, profile)
    for _ in range(3):
        assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests(fetch)) == 1
    world.clock.advance(590)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests(fetch)) == 2
    assert all(row["verdict"] == "verified" for row in world.requests(fetch))


@pytest.mark.parametrize(("profile", "fetch"), [("gateway", "token"), ("national", "refresh"), ("md5", "refresh")])
def test_the_old_secret_serves_on_while_it_lives_and_the_platform_gives_no_new_one(profile: str, fetch: str):
    world = World(national_seconds=600)
    channel = channel_of(world, profile)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.fault("police", "http_502", operation=fetch)
    world.clock.advance(590)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.clock.advance(11)
    with pytest.raises(Unavailable):
        ask(channel, ZHANG_SAN)


def test_two_workers_that_fetch_tokens_at_the_same_time_each_sign_with_their_own_time():
    world = World()
    workers = [channel_of(world, seed=seed) for seed in (1, 2)]
    assert isinstance(ask(workers[0], ZHANG_SAN), Verified)
    world.clock.advance(1)
    assert isinstance(ask(workers[1], ZHANG_SAN), Verified)
    world.clock.advance(1)
    for worker in workers * 2:
        assert isinstance(ask(worker, LI_SI), Verified)
    assert len(world.requests("token")) == 2
    assert {row["verdict"] for row in world.requests("2109")} == {"verified"}


def test_sixteen_threads_of_one_worker_fetch_one_token():
    world = World()
    channel = channel_of(world)
    barrier = threading.Barrier(16)

    def one(_: int) -> Outcome:
        barrier.wait()
        return ask(channel, ZHANG_SAN)

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(one, range(16)))
    assert all(isinstance(outcome, Verified) for outcome in outcomes)
    assert len(world.requests("token")) == 1


def test_a_token_that_ended_early_at_the_gateway_is_replaced_once():
    world = World(gateway_seconds=600)
    channel = channel_of(world)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    # The gateway's clock runs ahead: for it the token has ended, for us it lives.
    world.control.put("/__control/clock", json={"advance": 299})
    world.clock.advance(301)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert [row["verdict"] for row in world.requests("2109")] == ["verified", "refused: gateway 403", "verified"]


@pytest.mark.parametrize("profile", ["gateway", "national", "md5", "csb"])
def test_a_wrong_key_of_ours_is_unavailable_and_alerts(profile: str):
    world = World()
    changed = {"app_key": "not the key"} if profile in {"gateway", "national"} else {"app_secret": "not the key"}
    with pytest.raises(Unavailable) as caught:
        ask(channel_of(world, profile, **changed), ZHANG_SAN)
    assert caught.value.alert or profile in {"national", "csb"}


def test_a_clock_of_ours_that_is_six_minutes_off_is_refused_by_the_platform():
    world = World()
    world.control.put("/__control/clock", json={"advance": 360})
    with pytest.raises(Unavailable):
        ask(channel_of(world), ZHANG_SAN)


def test_an_address_that_is_not_on_the_list_is_refused_and_one_that_is_passes():
    world = World(allowed_addresses=frozenset({"10.1.2.3"}))
    with pytest.raises(Unavailable):
        ask(channel_of(world), ZHANG_SAN)
    assert isinstance(ask(channel_of(world, caller_address="10.1.2.3"), ZHANG_SAN), Verified)


def test_the_newer_national_generation_is_spoken_too():
    assert isinstance(ask(channel_of(World(), "national", national_prefix="gjzwfwpt"), ZHANG_SAN), Verified)


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


def test_refusals_never_open_the_breaker():
    channel = channel_of(World())
    for _ in range(25):
        assert isinstance(ask(channel, {**ZHANG_SAN, "name": "张叁"}), Rejected)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)


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
