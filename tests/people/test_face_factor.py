"""The face as a second factor: the consent, opting in, taking it back, and signing in by it or by another way."""

from dataclasses import dataclass, replace

import pytest

from idp.domain.assurance import Amr
from idp.domain.audit import SecondFactorFailed
from idp.domain.audit_faces import FaceConsentGiven, FaceConsentWithdrawn, FaceFactorEnrolled, FaceFactorRemoved
from idp.domain.audit_words import Outcome, SignInMethod
from idp.domain.capturing import Hint, JudgeBusy, Judged, Live, NotLive
from idp.domain.errors import (
    CaptureOver,
    FactorSetupOver,
    InvalidInput,
    LimitReached,
    Rule,
    SecondFactorRefused,
    SignInRefused,
    Unavailable,
)
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import SessionFacts, SmsPurpose
from idp.people.account import Account
from idp.people.bounded_sms import BoundedSms
from idp.people.captures import Captures
from idp.people.face_consent import FaceConsents
from idp.people.face_factor import FaceFactor, Lack
from idp.people.factor_setups import FACE, FactorSetups
from idp.people.second_factor import SecondFactors
from idp.people.second_ways import SecondWays, Unsure, Way
from idp.people.texted_codes import TextedCodes
from idp.stores.redis.grants import RedisGrants
from idp.stores.redis.one_time_codes import RedisOneTimeCodes
from idp.stores.redis.records import RedisRecords
from idp.stores.sql.audit_log import SqlAuditLog
from idp.stores.sql.faces import SqlFaces
from idp.system import SystemRandomness
from tests.capture_judge import ScriptedJudge, blurred, jpeg, run_to_the_end
from tests.contract.threads import at_once
from tests.people.conftest import ELSEWHERE, HOME, MOBILE, PASSWORD, People, until_limited
from tests.people.test_factor_setup import Teller
from tests.provider import Registry

PERSON = ("张三", "370102190103070012")
JOURNEY = "j-1"
PWD = ("pwd",)


@dataclass
class House:
    """The room with a camera in it, and one person who is known by their face."""

    people: People
    faces: SqlFaces
    judge: ScriptedJudge
    captures: Captures
    consents: FaceConsents
    factor: FaceFactor
    apps: SecondFactors
    ways: SecondWays
    teller: Teller
    session: SessionFacts

    @property
    def citizen_id(self) -> str:
        return self.session.citizen_id

    def run(self, owner: str, picture: bytes) -> tuple[str, Judged]:
        """Somebody who looks like ``picture`` before the camera, until it is judged."""
        capture = self.captures.begin(owner, self.citizen_id, HOME, flash=False)

        def send(sent):
            taken = self.captures.take(capture.id, owner, sent, HOME)
            return taken.next_seq, taken.wanted

        run_to_the_end(0, send, picture)
        return capture.id, self.captures.decide(capture.id, owner, picture, HOME)

    def ready(self) -> str:
        """A setup past its text message."""
        setup_id = self.factor.begin(self.session, HOME).setup_id
        self.factor.confirm_mobile(setup_id, self.people.phone.last_code, self.session, HOME)
        return setup_id

    def opt_in(self, picture: bytes | None = None) -> tuple[str, ...]:
        setup_id = self.ready()
        _, judged = self.run(self.factor.owner(setup_id, self.session, HOME), picture or jpeg("zhang_san"))
        assert isinstance(judged, Live)
        return self.factor.enrol(setup_id, judged, self.session, HOME)

    def look(self, picture: bytes, journey: str = JOURNEY) -> tuple[str, ...] | Unsure:
        """At sign-in, in front of the camera."""
        owner = self.ways.owner(self.citizen_id, PWD, journey)
        capture_id, judged = self.run(owner, picture)
        return self.ways.by_face(self.citizen_id, owner, capture_id, judged, HOME)

    def with_app(self) -> None:
        self.people.credentials.set_totp_secret(self.citizen_id, "JBSWY3DPEHPK3PXP", now=self.people.clock.now())

    def with_evidence(self, channel: str = "local_face", **changes: object) -> None:
        facts: dict = {
            "id": f"e-{channel}",
            "citizen_id": self.citizen_id,
            "channel": channel,
            "source": "police",
            "check_methods": (CheckMethod.BVP,),
            "strength": Strength.PRESENCE,
            "txn": "t",
            "verified_at": self.people.clock.now(),
        }
        evidence = Evidence(**(facts | changes))
        self.people.citizens.record_proof(evidence, name=PERSON[0], id_number=PERSON[1])


@pytest.fixture
def bare(people: People, engine, fast_wire, cipher) -> House:
    """Before any evidence."""
    randomness, codes = SystemRandomness(), RedisOneTimeCodes(fast_wire, cipher)
    sms, setups = BoundedSms(people.phone, people.limits, people.clock), RedisRecords(fast_wire, cipher, "setup")
    account = Account(
        people.citizens, people.consents, people.sessions, RedisGrants(fast_wire, randomness),
        SqlAuditLog(engine, cipher), people.notebook, Registry(), people.clock, randomness,
    )  # fmt: skip
    apps = SecondFactors(
        people.citizens, people.credentials, FactorSetups(setups, codes, people.clock, randomness), codes, people.totp,
        sms, people.signing_in, account, teller := Teller(), people.limits, people.notebook, people.clock, randomness,
    )  # fmt: skip
    faces, judge = SqlFaces(engine, cipher, cipher), ScriptedJudge()
    captures = Captures(
        judge, RedisRecords(fast_wire, cipher, "capture"), people.limits, people.notebook, people.clock, randomness
    )
    consents = FaceConsents(faces, people.credentials, apps, people.notebook, people.clock, randomness)
    texts = TextedCodes(codes, sms, people.notebook, people.clock, randomness)
    factor = FaceFactor(
        people.citizens, people.credentials, faces, consents,
        FactorSetups(setups, codes, people.clock, randomness, FACE), texts, frozenset({"local_face"}), people.limits,
        people.notebook, people.clock, randomness,
    )  # fmt: skip
    ways = SecondWays(
        people.citizens, people.credentials, faces, captures, texts, people.limits, people.notebook, people.clock,
        randomness,
    )  # fmt: skip
    now = people.clock.now()
    session = SessionFacts(people.open_account().id, now, PWD, 1, now, "handle-1")
    return House(people, faces, judge, captures, consents, factor, apps, ways, teller, session)


@pytest.fixture
def house(bare: House) -> House:
    """Recognised by the camera as the person of the police portrait."""
    bare.with_evidence()
    return bare


@pytest.fixture
def opted(house: House) -> House:
    """Opted in, and a minute later."""
    house.opt_in()
    house.people.clock.advance(61)
    return house


# ---- the consent ---------------------------------------------------------------------------------------------------


def test_a_consent_is_given_once_and_written_down(bare: House):
    assert bare.consents.given(bare.citizen_id) is False
    bare.consents.give(bare.citizen_id, HOME)
    bare.consents.give(bare.citizen_id, HOME)
    assert bare.consents.given(bare.citizen_id) is True
    assert len(bare.people.notebook.of(FaceConsentGiven)) == 1


def test_who_agreed_to_an_older_text_is_asked_again(bare: House):
    bare.faces.give_consent(bare.citizen_id, "0", now=bare.people.clock.now())
    assert bare.consents.standing(bare.citizen_id) is not None
    assert bare.consents.given(bare.citizen_id) is False


def test_withdrawing_takes_the_template_and_leaves_the_evidence(opted: House):
    other = opted.people.sessions.open(opted.session, now=opted.people.clock.now())
    kept = opted.people.sessions.open(replace(opted.session, handle="h2"), now=opted.people.clock.now())
    (ended,) = opted.consents.withdraw(opted.citizen_id, HOME, keep_token=kept)
    assert ended.citizen_id == opted.citizen_id
    assert opted.people.sessions.read(other, now=opted.people.clock.now()) is None
    assert opted.people.sessions.read(kept, now=opted.people.clock.now()) is not None
    assert opted.teller.told == [opted.citizen_id]
    assert opted.faces.template(opted.citizen_id) is None
    assert opted.people.signing_in.has_second_factor(opted.citizen_id) is False
    assert opted.people.citizens.evidence_of(opted.citizen_id)[0].alive(opted.people.clock.now())
    assert len(opted.people.notebook.of(FaceConsentWithdrawn)) == len(opted.people.notebook.of(FaceFactorRemoved)) == 1


def test_withdrawing_without_a_second_factor_ends_no_session(bare: House):
    bare.consents.give(bare.citizen_id, HOME)
    token = bare.people.sessions.open(bare.session, now=bare.people.clock.now())
    assert bare.consents.withdraw(bare.citizen_id, HOME) == ()
    assert bare.people.sessions.read(token, now=bare.people.clock.now()) is not None
    assert bare.consents.withdraw(bare.citizen_id, HOME) == ()
    assert len(bare.people.notebook.of(FaceConsentWithdrawn)) == 1


def test_a_second_factor_does_not_go_with_the_consent_on_an_unguarded_phone(opted: House):
    assert opted.consents.may_withdraw(opted.session) is True
    opted.people.clock.advance(601)
    assert opted.consents.may_withdraw(opted.session) is False
    opted.faces.forget(opted.citizen_id)
    assert opted.consents.may_withdraw(opted.session) is True


# ---- opting in -----------------------------------------------------------------------------------------------------


def test_password_text_and_face_are_three_things_shown(house: House):
    assert house.opt_in() == ("sms", "face", "mfa")
    assert house.people.phone.texts[-1] == (MOBILE, house.people.phone.last_code, SmsPurpose.FACE_FACTOR)
    assert house.faces.template(house.citizen_id) == b"zhang_san"
    assert house.consents.given(house.citizen_id)
    (event,) = house.people.notebook.of(FaceFactorEnrolled)
    assert event.citizen_id == house.citizen_id


@pytest.mark.parametrize("shown", [("pwd", "sms"), ("pwd", "otp", "mfa")])
def test_who_has_shown_more_than_a_password_needs_no_text(house: House, shown):
    session = replace(house.session, amr=shown)
    begun = house.factor.begin(session, HOME)
    assert begun.sent_to == ""
    assert house.people.phone.texts == []
    assert house.factor.owner(begun.setup_id, session, HOME) == f"factor:{begun.setup_id}"


def test_without_evidence_by_this_houses_camera_nobody_knows_whose_face_it_is(bare: House):
    assert bare.factor.lack(bare.citizen_id) is Lack.EVIDENCE
    bare.with_evidence("zhima_face")
    assert bare.factor.lack(bare.citizen_id) is Lack.EVIDENCE
    with pytest.raises(FactorSetupOver):
        bare.factor.begin(bare.session, HOME)
    assert bare.people.phone.texts == []


def test_evidence_that_has_run_out_is_none(bare: House):
    bare.with_evidence(expires_at=bare.people.clock.now() + 60)
    assert bare.factor.lack(bare.citizen_id) is None
    bare.people.clock.advance(61)
    assert bare.factor.lack(bare.citizen_id) is Lack.EVIDENCE


def test_where_nobody_judges_nobody_opts_in(house: House):
    factor = replace(house.factor, channels=frozenset())
    assert factor.lack(house.citizen_id) is Lack.NOT_OFFERED
    with pytest.raises(FactorSetupOver):
        factor.begin(house.session, HOME)


def test_the_password_must_be_fresh(house: House):
    house.people.clock.advance(601)
    with pytest.raises(FactorSetupOver):
        house.factor.begin(house.session, HOME)


def test_no_camera_before_the_text_messages_code(house: House):
    begun = house.factor.begin(house.session, HOME)
    assert begun.sent_to == "199****0001"
    with pytest.raises(FactorSetupOver):
        house.factor.owner(begun.setup_id, house.session, HOME)
    with pytest.raises(InvalidInput) as wrong:
        house.factor.confirm_mobile(begun.setup_id, "000000", house.session, HOME)
    assert wrong.value.rule is Rule.WRONG
    with pytest.raises(FactorSetupOver):
        house.factor.enrol(begun.setup_id, Live(b"", b"x"), house.session, HOME)
    assert house.people.credentials.has_face(house.citizen_id) is False


def test_a_code_for_the_app_sets_up_no_face(house: House):
    house.apps.begin(house.session, HOME)
    for_the_app = house.people.phone.last_code
    house.people.clock.advance(61)
    setup_id = house.factor.begin(house.session, HOME).setup_id
    assert house.people.phone.last_code != for_the_app, "once in a million runs"
    with pytest.raises(InvalidInput):
        house.factor.confirm_mobile(setup_id, for_the_app, house.session, HOME)


def test_a_setup_of_one_kind_is_none_of_the_other(house: House):
    session = replace(house.session, amr=("pwd", "sms"))
    face, app = house.factor.begin(session, HOME).setup_id, house.apps.begin(session, HOME).setup_id
    with pytest.raises(FactorSetupOver):
        house.apps.show(face, session, HOME)
    with pytest.raises(FactorSetupOver):
        house.factor.owner(app, session, HOME)
    assert house.factor.owner(face, session, HOME)


def test_a_setup_belongs_to_its_session_and_browser(house: House):
    setup_id = house.ready()
    for session, origin in ((replace(house.session, handle="other"), HOME), (house.session, ELSEWHERE)):
        with pytest.raises(FactorSetupOver):
            house.factor.owner(setup_id, session, origin)


def test_of_sixteen_at_once_one_opts_in(house: House):
    setup_id = house.ready()

    def enrol(number: int) -> bool:
        try:
            house.factor.enrol(setup_id, Live(b"", b"face %d" % number), house.session, HOME)
        except FactorSetupOver:
            return False
        return True

    assert at_once(16, enrol).count(True) == 1
    assert len(house.people.notebook.of(FaceFactorEnrolled)) == 1


def test_a_consent_withdrawn_on_the_way_keeps_no_template(house: House):
    setup_id = house.ready()
    house.consents.withdraw(house.citizen_id, HOME)
    with pytest.raises(FactorSetupOver):
        house.factor.enrol(setup_id, Live(b"", b"x"), house.session, HOME)
    assert house.faces.template(house.citizen_id) is None


def test_no_text_no_consent_and_no_setup(house: House):
    house.people.phone.failure = Unavailable("sms", "down")
    with pytest.raises(Unavailable):
        house.factor.begin(house.session, HOME)
    assert house.consents.given(house.citizen_id) is False


def test_a_closed_account_opts_in_to_nothing(house: House):
    house.people.citizens.disable(house.citizen_id, now=house.people.clock.now())
    with pytest.raises(SignInRefused):
        house.factor.begin(house.session, HOME)


# ---- taking it back ------------------------------------------------------------------------------------------------


def test_a_fresh_sign_in_with_two_factors_removes_it(opted: House):
    session = replace(opted.session, amr=("pwd", "sms", "mfa"))
    assert opted.factor.remove(session, HOME) is True
    assert opted.faces.template(opted.citizen_id) is None
    assert opted.people.signing_in.has_second_factor(opted.citizen_id) is False
    assert opted.factor.remove(session, HOME) is False
    (event,) = opted.people.notebook.of(FaceFactorRemoved)
    assert event.by_operator is False


@pytest.mark.parametrize(("amr", "seconds"), [(("pwd",), 0), (("pwd", "face", "mfa"), 601)])
def test_one_factor_or_an_old_sign_in_does_not(opted: House, amr, seconds):
    opted.people.clock.advance(seconds)
    with pytest.raises(FactorSetupOver):
        opted.factor.remove(replace(opted.session, amr=amr), HOME)
    assert opted.people.credentials.has_face(opted.citizen_id)


def test_an_operator_removes_it_for_who_vouches(opted: House):
    assert opted.factor.remove_lost(opted.citizen_id) is True
    assert opted.factor.remove_lost(opted.citizen_id) is False
    (event,) = opted.people.notebook.of(FaceFactorRemoved)
    assert event.by_operator is True


# ---- signing in ----------------------------------------------------------------------------------------------------


def test_a_password_alone_is_half_a_sign_in(opted: House):
    first = opted.people.signing_in.by_password(MOBILE, PASSWORD, HOME)
    assert first.needs_second
    with pytest.raises(SignInRefused):
        opted.people.signing_in.facts(opted.citizen_id, first.method, first.amr, HOME)


def test_the_face_completes_it_with_two_factors(opted: House):
    more = opted.look(jpeg("zhang_san"))
    assert more == ("face", "mfa")
    facts = opted.people.signing_in.facts(opted.citizen_id, SignInMethod.MOBILE, (*PWD, *more), HOME)
    assert facts.amr == ("pwd", "face", "mfa")


@pytest.mark.parametrize("picture", [jpeg("li_si"), jpeg("zhang_san", live=False)], ids=["somebody else", "a print"])
def test_nobody_elses_face_and_no_picture_of_it_does(opted: House, picture):
    with pytest.raises(SecondFactorRefused):
        opted.look(picture)
    (event,) = opted.people.notebook.of(SecondFactorFailed)
    assert event.outcome is Outcome.REFUSED


def test_three_tries_an_hour_whichever_journey_they_are_in(opted: House):
    tries, limit = until_limited(lambda n: opted.look(jpeg("li_si"), f"j-{n}"), SecondFactorRefused)
    assert (tries, limit.limit) == (3, "second_factor.face")
    with pytest.raises(LimitReached):
        opted.look(jpeg("zhang_san"))
    with pytest.raises(LimitReached):
        opted.ways.check_tries(opted.citizen_id)
    opted.people.clock.advance(3601)
    opted.ways.check_tries(opted.citizen_id)
    assert opted.look(jpeg("zhang_san")) == ("face", "mfa")


def test_asking_whether_a_try_is_left_takes_none(opted: House):
    for _ in range(10):
        opted.ways.check_tries(opted.citizen_id)
    assert opted.look(jpeg("zhang_san")) == ("face", "mfa")


def test_pictures_too_bad_to_tell_are_no_try(opted: House):
    for number in range(5):
        assert opted.look(blurred(), f"j-{number}") == Unsure((Hint.NO_FACE,))
    assert opted.look(jpeg("zhang_san")) == ("face", "mfa")


def test_a_judge_without_room_is_no_try_and_the_same_picture_is_good_again(opted: House):
    owner = opted.ways.owner(opted.citizen_id, PWD, JOURNEY)
    capture_id, judged = opted.run(owner, jpeg("zhang_san"))
    for _ in range(4):
        opted.judge.busy = 1
        with pytest.raises(JudgeBusy):
            opted.ways.by_face(opted.citizen_id, owner, capture_id, judged, HOME)
    assert opted.ways.by_face(opted.citizen_id, owner, capture_id, judged, HOME) == ("face", "mfa")


def test_a_capture_of_another_journey_opens_nothing(opted: House):
    theirs = opted.ways.owner(opted.citizen_id, PWD, "another")
    capture_id, judged = opted.run(theirs, jpeg("zhang_san"))
    mine = opted.ways.owner(opted.citizen_id, PWD, JOURNEY)
    with pytest.raises(CaptureOver):
        opted.ways.by_face(opted.citizen_id, mine, capture_id, judged, HOME)


def test_opting_out_while_the_camera_runs_opens_nothing(opted: House):
    owner = opted.ways.owner(opted.citizen_id, PWD, JOURNEY)
    capture_id, judged = opted.run(owner, jpeg("zhang_san"))
    opted.faces.forget(opted.citizen_id)
    with pytest.raises(CaptureOver):
        opted.ways.by_face(opted.citizen_id, owner, capture_id, judged, HOME)
    with pytest.raises(SecondFactorRefused):
        opted.ways.owner(opted.citizen_id, PWD, JOURNEY)


def test_not_live_without_a_hint_is_a_try(opted: House):
    owner = opted.ways.owner(opted.citizen_id, PWD, JOURNEY)
    with pytest.raises(SecondFactorRefused):
        opted.ways.by_face(opted.citizen_id, owner, "no capture at all", NotLive(), HOME)


# ---- the other ways ------------------------------------------------------------------------------------------------


def test_the_face_is_never_the_only_way_beside_a_password(opted: House):
    assert opted.ways.of(opted.citizen_id, PWD) == (Way.FACE, Way.TEXT)
    opted.with_app()
    assert opted.ways.of(opted.citizen_id, PWD) == (Way.FACE, Way.APP)


def test_an_app_alone_is_not_weakened_by_text_messages(bare: House):
    bare.with_app()
    assert bare.ways.of(bare.citizen_id, PWD) == (Way.APP,)
    with pytest.raises(SecondFactorRefused):
        bare.ways.send_text(bare.citizen_id, PWD, JOURNEY, HOME)


def test_a_text_makes_two_factors_beside_a_password_only(opted: House):
    assert opted.ways.of(opted.citizen_id, ("user",)) == (Way.FACE,)
    with pytest.raises(SecondFactorRefused):
        opted.ways.send_text(opted.citizen_id, ("user",), JOURNEY, HOME)
    with pytest.raises(SecondFactorRefused):
        opted.ways.by_text(opted.citizen_id, ("user",), JOURNEY, "123456", HOME)


def test_where_the_judge_is_gone_who_opted_in_still_gets_in(opted: House):
    assert replace(opted.ways, captures=None).of(opted.citizen_id, PWD) == (Way.TEXT,)


def test_a_closed_account_has_no_way(opted: House):
    opted.people.citizens.disable(opted.citizen_id, now=opted.people.clock.now())
    assert opted.ways.of(opted.citizen_id, PWD) == ()


def texted(house: House, journey: str = JOURNEY) -> str:
    house.ways.send_text(house.citizen_id, PWD, journey, HOME)
    return house.people.phone.last_code


def wrong_for(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_texted_code_completes_the_sign_in(opted: House):
    code = texted(opted)
    assert opted.people.phone.texts[-1] == (MOBILE, code, SmsPurpose.SIGN_IN)
    assert opted.ways.number(opted.citizen_id) == "199****0001"
    assert opted.ways.by_text(opted.citizen_id, PWD, JOURNEY, code, HOME) == (Amr.SMS, Amr.MULTIPLE_FACTORS)
    with pytest.raises(InvalidInput):
        opted.ways.by_text(opted.citizen_id, PWD, JOURNEY, code, HOME)


def test_a_code_is_good_in_its_journey_for_five_minutes_and_five_tries(opted: House):
    code = texted(opted)
    with pytest.raises(InvalidInput):
        opted.ways.by_text(opted.citizen_id, PWD, "another journey", code, HOME)
    opted.people.clock.advance(301)
    with pytest.raises(InvalidInput) as late:
        opted.ways.by_text(opted.citizen_id, PWD, JOURNEY, code, HOME)
    assert late.value.rule is Rule.EXPIRED


def test_guesses_are_counted_for_the_person_however_many_codes_are_sent(opted: House):
    def guess(number: int) -> None:
        if number % 2 == 0:
            opted.people.clock.advance(61)
            texted(opted, f"j-{number}")
        wrong = wrong_for(opted.people.phone.last_code)
        opted.ways.by_text(opted.citizen_id, PWD, f"j-{number - number % 2}", wrong, HOME)

    tries, limit = until_limited(guess, InvalidInput)
    assert (tries, limit.limit) == (5, "second_factor.text.short")


def test_texts_count_against_the_numbers_budget(opted: House):
    sent = until_limited(lambda n: texted(opted, f"j-{n}"))
    assert (sent[0], sent[1].limit) == (1, "sms.number.minute")


def test_each_way_has_tries_of_its_own(opted: House):
    until_limited(lambda n: opted.look(jpeg("li_si"), f"j-{n}"), SecondFactorRefused)
    code = texted(opted)
    for _ in range(3):
        with pytest.raises(InvalidInput):
            opted.ways.by_text(opted.citizen_id, PWD, JOURNEY, wrong_for(code), HOME)
    assert opted.ways.by_text(opted.citizen_id, PWD, JOURNEY, code, HOME)


def test_nothing_of_a_face_is_written_into_the_audit(opted: House):
    opted.look(jpeg("zhang_san"))
    assert "zhang_san" not in repr([event.detail() for event in opted.people.notebook.events])
