"""``flask idp citizens explain | correct | disable | enable | purge`` on real stores: what operators see, and what comes of it."""

import time

import pytest

from idp.domain.channel import Reason
from idp.domain.contra import ContraIndicator
from idp.domain.errors import StoreUnavailable
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import Guardianship, SessionFacts
from tests.cli.test_commands import citizens, environment, opened, run
from tests.contract.standings import CODE, OTHER, standing

__all__ = ["citizens", "environment", "opened", "run"]

ZHANG, LI, FREE = "370102190103070012", "370102190204150003", "370102190202020002"
OFFICERS = ("--officer", "W-0601", "--second-officer", "W-0602")
PERSONAL = (CODE, OTHER, "青岛样例", "张三", "李思", "370102", "19900000", "zhangsan")


@pytest.fixture
def stores(run, opened, citizens):
    assert run("citizens", "seed", citizens).exit_code == 0
    return opened().stores


@pytest.fixture
def zhang(stores):
    return stores.citizens.by_id_number(ZHANG)


@pytest.fixture
def li(stores):
    return stores.citizens.by_mobile("+8619900000002")


@pytest.fixture
def correct(environment):
    import wsgi

    app = wsgi.make_app()

    def type_in(citizen_id: str, *lines: str, officers: tuple[str, ...] = OFFICERS):
        return app.test_cli_runner().invoke(
            args=["idp", "citizens", "correct", citizen_id, *officers], input="".join(f"{line}\n" for line in lines)
        )

    return type_in


def shown(citizen_id: str, name: str, source: str, strength: Strength, at: float, **more: float) -> Evidence:
    return Evidence(name, citizen_id, name, source, (CheckMethod.AUTH,), strength, "t", at, **more)


# ---- correct --------------------------------------------------------------------------------------------------------


def test_a_number_is_corrected_by_two_officers_and_the_subject_stays(stores, zhang, correct):
    secrets = stores.citizens.subject_secrets(zhang.id, "portal.example")
    result = correct(zhang.id, ZHANG, "张三", FREE)
    assert result.exit_code == 0, result.output
    assert "corrected; level 1; 0 sessions ended" in result.output
    found = stores.citizens.by_id(zhang.id)
    assert (found.name, found.id_number) == ("张三", FREE)
    assert stores.citizens.subject_secrets(zhang.id, "portal.example") == secrets
    newest, former = stores.citizens.evidence_of(zhang.id)
    assert (newest.check_methods, newest.revoked_at) == ((CheckMethod.VPIP,), None)
    assert former.revoked_at is not None
    stores.outbox.drain(stores.audit)
    [event] = [each for each in stores.audit.recent(zhang.id, limit=9) if each.kind == "person_corrected"]
    assert event.detail == {"first_officer": "W-0601", "second_officer": "W-0602"}


def test_a_name_is_corrected_and_what_was_shown_goes_on_to_count(stores, zhang, correct):
    assert correct(zhang.id, ZHANG, "张三丰", ZHANG).exit_code == 0
    assert stores.citizens.by_id(zhang.id).name == "张三丰"
    assert all(each.revoked_at is None for each in stores.citizens.evidence_of(zhang.id))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((LI, "张三", FREE), "does not hold the former number"),
        ((ZHANG, "张三", FREE[:-1] + "3"), "id_number: check_character"),
        ((ZHANG, "3", FREE), "name: "),
        (("x", "张三", FREE), "id_number: "),
        ((ZHANG, "张三"), "Aborted"),
    ],
)
def test_what_cannot_be_right_changes_nothing_and_says_so(stores, zhang, correct, lines, said):
    result = correct(zhang.id, *lines)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert stores.citizens.by_id(zhang.id).id_number == ZHANG


def test_a_number_that_another_account_holds_is_said_by_that_accounts_id(stores, zhang, li, correct):
    stores.citizens.record_proof(
        shown(li.id, "police", "police", Strength.KNOWLEDGE, time.time()), name="李思", id_number=LI
    )
    result = correct(zhang.id, ZHANG, "张三", LI)
    assert result.exit_code == 1
    assert f"account {li.id} holds the new number; nothing was changed" in result.output
    assert stores.citizens.by_id(zhang.id).id_number == ZHANG


@pytest.mark.parametrize(
    "officers",
    [
        ("--officer", "W-0601", "--second-officer", "w-0601"),
        ("--officer", "W-0601"),
        ("--officer", "W-0601", "--second-officer", ZHANG),
        ("--officer", "19900000001", "--second-officer", "W-0602"),
        ("--officer", "赵六", "--second-officer", "W-0602"),
    ],
)
def test_two_officers_are_two_and_named_by_their_ids(stores, zhang, correct, officers):
    assert correct(zhang.id, ZHANG, "张三", FREE, officers=officers).exit_code == 2
    assert stores.citizens.by_id(zhang.id).id_number == ZHANG


def test_no_argument_takes_a_name_or_a_number(run, zhang):
    assert run("citizens", "correct", zhang.id, *OFFICERS, "张三", FREE).exit_code == 2


def test_a_store_that_is_away_is_said_with_what_to_do(stores, zhang, correct, monkeypatch):
    def away(*_arguments: object, **_named: object) -> None:
        raise StoreUnavailable("sql: away")

    monkeypatch.setattr("idp.stores.sql.citizens.SqlCitizens.correct_person", away)
    result = correct(zhang.id, ZHANG, "张三", FREE)
    assert result.exit_code == 1
    assert "a store does not answer" in result.output


# ---- explain --------------------------------------------------------------------------------------------------------


def test_a_level_is_explained_line_by_line_in_both_languages_without_anything_personal(run, stores, zhang, li):
    now = time.time()
    for each in (
        shown(zhang.id, "unionpay_card", "unionpay", Strength.POSSESSION, now - 900, expires_at=now - 60),
        shown(zhang.id, "zhima_face", "ant", Strength.PRESENCE, now - 800),
    ):
        stores.citizens.record_proof(each, name="张三", id_number=ZHANG)
    stores.citizens.note_contra(
        ContraIndicator("c1", zhang.id, "alipay_account", "ant", Reason.MISMATCH_PERSON, now - 700)
    )
    stores.guardianships.agree(Guardianship(zhang.id, li.id, now))
    stores.standings.keep(standing(zhang.id, "s-1", at=now))
    stores.standings.keep(standing(zhang.id, "s-2", OTHER, now - 86_400))
    chinese, english = (run("citizens", "explain", zhang.id, "--lang", lang).output for lang in ("zh", "en"))
    assert f"Account {zhang.id}: level 1, Basic" in english
    assert "met by police_population 20" in english
    assert "counts until: until it is revoked" in english
    assert "lapsed: zhima_face" in english
    assert "outweighed, because a check answered with somebody else, since 20" in english
    assert "weighs against it: alipay_account" in english
    assert f"guardian: account {li.id}" in english
    assert "may act for 1 organisations; for 1 that ran out" in english
    assert f"账户 {zhang.id}：等级 1（初级）" in chinese
    assert "已满足：police_population" in chinese
    assert "不利的核验结果：alipay_account" in chinese
    assert len(chinese.splitlines()) == len(english.splitlines()) > 10
    assert not [word for word in PERSONAL if word in chinese + english]
    assert run("citizens", "explain", zhang.id).output == chinese


def test_every_reason_why_a_check_lapsed_has_its_moment(run, stores, zhang):
    now = time.time()
    expired = shown(zhang.id, "unionpay_card", "unionpay", Strength.POSSESSION, now - 900, expires_at=now - 60)
    stores.citizens.record_proof(expired, name="张三", id_number=ZHANG)
    assert "expired, since 20" in run("citizens", "explain", zhang.id, "--lang", "en").output
    [police] = [each for each in stores.citizens.evidence_of(zhang.id) if each.source == "police"]
    stores.citizens.revoke_evidence(zhang.id, police.id, now=now)
    assert "revoked, since 20" in run("citizens", "explain", zhang.id, "--lang", "en").output


def test_who_claims_and_who_disputes_stand_by_their_ids(run, stores, zhang, li):
    stores.citizens.record_proof(
        shown(li.id, "police", "police", Strength.KNOWLEDGE, time.time()), name="张三", id_number=ZHANG
    )
    assert f"account {li.id} claims its number" in run("citizens", "explain", zhang.id, "--lang", "en").output
    stores.citizens.dispute(li.id, now=time.time())
    holder = run("citizens", "explain", zhang.id, "--lang", "en").output
    assert "and disputes it since 20" in holder
    assert "does not count for now, because another account has the same number, since 20" in holder
    claimant = run("citizens", "explain", li.id, "--lang", "en").output
    assert f"claims a number that account {zhang.id} holds" in claimant
    assert "disputes it since 20" in claimant


def test_an_account_that_does_not_exist_is_said(run, stores):
    for command in ("explain", "disable", "enable"):
        result = run("citizens", command, "nobody")
        assert result.exit_code == 1
        assert "no account has this id" in result.output


# ---- disable, enable ------------------------------------------------------------------------------------------------


def test_an_account_is_closed_as_often_as_it_takes_and_opened_once(run, stores, zhang):
    assert "closed; 0 sessions ended" in run("citizens", "disable", zhang.id).output
    assert stores.citizens.by_id(zhang.id).disabled_at is not None
    assert "closed since 20" in run("citizens", "explain", zhang.id, "--lang", "en").output
    since = stores.citizens.by_id(zhang.id).disabled_at
    assert run("citizens", "disable", zhang.id).exit_code == 0
    assert stores.citizens.by_id(zhang.id).disabled_at == since
    assert "open again" in run("citizens", "enable", zhang.id).output
    assert stores.citizens.by_id(zhang.id).disabled_at is None
    assert run("citizens", "enable", zhang.id).exit_code == 1
    stores.outbox.drain(stores.audit)
    kinds = [each.kind for each in stores.audit.recent(zhang.id, limit=9)]
    assert {"account_disabled", "account_enabled"} <= set(kinds)


# ---- purge ----------------------------------------------------------------------------------------------------------


def test_everything_about_a_closed_account_is_deleted_once_its_id_was_repeated(run, stores, zhang):
    assert "--disable-first" in (said := run("citizens", "purge", zhang.id, "--yes")).output
    assert said.exit_code == 1
    run("citizens", "disable", zhang.id)
    for typed in ("another\n", "\n", ""):
        refused = run("citizens", "purge", zhang.id, typed=typed)
        assert refused.exit_code == 1
        assert stores.citizens.by_id(zhang.id) is not None
    done = run("citizens", "purge", zhang.id, typed=f"{zhang.id}\n")
    assert done.exit_code == 0, done.output
    assert f"deleted: {zhang.id}; 0 sessions ended" in done.output
    assert not [word for word in PERSONAL if word in done.output]
    assert (stores.citizens.by_id(zhang.id), stores.citizens.by_id_number(ZHANG)) == (None, None)
    stores.outbox.drain(stores.audit)
    assert [each.kind for each in stores.audit.recent(zhang.id, limit=1)] == ["account_purged"]
    assert run("citizens", "purge", zhang.id, "--yes").exit_code == 0


def test_an_open_account_is_closed_and_deleted_in_one_go(run, stores, zhang, li):
    now = time.time()
    token = stores.sessions.open(SessionFacts(zhang.id, now, ("pwd",), 1, now, "handle"), now=now)
    assert "1 sessions ended" in run("citizens", "purge", zhang.id, "--disable-first", "--yes").output
    assert stores.sessions.read(token, now=now) is None
    assert stores.citizens.by_id(li.id) is not None


def test_what_cannot_be_purged_is_said(run, stores, zhang, monkeypatch):
    assert "no account has this id" in run("citizens", "purge", "nobody", "--yes").output

    def away(*_arguments: object, **_named: object) -> None:
        raise StoreUnavailable("sql: away")

    monkeypatch.setattr("idp.stores.sql.citizens.SqlCitizens.purge", away)
    result = run("citizens", "purge", zhang.id, "--disable-first", "--yes")
    assert result.exit_code == 1
    assert "Run it again" in result.output


# ---- compromised ----------------------------------------------------------------------------------------------------


def test_a_compromised_credential_ends_what_was_opened_and_names_it(run, stores, zhang):
    now = time.time()
    facts = SessionFacts(zhang.id, now, ("pwd",), 1, now, "handle")
    token = stores.sessions.open(facts, now=now)
    said = run("citizens", "compromised", zhang.id, "--credential", "password").output
    assert "1 sessions ended" in said
    assert stores.sessions.read(token, now=now) is None
    assert run("citizens", "compromised", "nobody", "--credential", "app").exit_code == 1
    assert run("citizens", "compromised", zhang.id, "--credential", "soul").exit_code == 2


def test_a_provider_that_does_not_start_sends_to_the_doctor(run, zhang, monkeypatch):
    monkeypatch.setenv("IDP_CLIENTS", "/nowhere/clients.yaml")
    result = run("citizens", "disable", zhang.id)
    assert result.exit_code == 1
    assert "flask idp doctor" in result.output
