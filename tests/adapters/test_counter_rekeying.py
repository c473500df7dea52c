"""Officers correct an account at the counter: four eyes, the former person, and nothing on a card's word alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.channel import Correction, Outcome, Reason, Rejected, Scan, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import ChannelError, Distrusted
from tests.adapters.counter import FIRST, SECOND, Visit
from tests.adapters.rigs import World
from tests.adapters.test_counter_verify import JSON, TWO, ZHANG_SAN, decided, judge
from tests.contract.channel import ANY_INPUT

ZHANG, LI = "370102190103070012", "370102190204150003"
RENAMED, RENUMBERED = ("张三丰", ZHANG), ("张三", LI)
CERTIFICATE = "户口登记项目变更更正证明 第 7 号"


def known(name: str, number: str) -> dict[ClaimName, str]:
    return {ClaimName.NAME: name, ClaimName.ID_NUMBER: number}


def stated(visit: Visit, former: tuple[str, str], *, second: str = SECOND, agrees: str = "yes") -> Outcome:
    """张三's card on the reader, the former person stated, vouched for, and the second officer's word."""
    visit.open()
    visit.read()
    visit.post("rekey", former_name=former[0], former_number=former[1], ground=CERTIFICATE)
    visit.vouch()
    visit.post("confirm", second, agrees=agrees)
    return visit.poll()


@pytest.mark.parametrize("former", [RENAMED, RENUMBERED, ("张四", LI)])
def test_two_officers_who_state_the_person_of_the_account_correct_it(former: tuple[str, str]):
    outcome = stated(Visit(World(), known(*former)), former)
    assert isinstance(outcome, Verified)
    assert outcome.claims == ZHANG_SAN
    assert outcome.corrects == Correction(*former, (FIRST, SECOND))


@pytest.mark.parametrize(
    ("account", "former", "reason"),
    [
        (RENUMBERED, ("张三", "370102190202020002"), Reason.MISMATCH_PERSON),
        (RENUMBERED, ("张四", LI), Reason.MISMATCH_PERSON),
        (RENAMED, ("张三疯", ZHANG), Reason.MISMATCH_NAME),
        (("李思", LI), RENAMED, Reason.MISMATCH_PERSON),
    ],
)
def test_who_was_somebody_else_before_takes_no_account(account, former, reason: Reason):
    assert stated(Visit(World(), known(*account)), former) == Rejected(reason, "C-20250101-0001")


def test_without_a_statement_nothing_is_corrected_whatever_the_card_says():
    assert Visit(World(), known(*RENUMBERED)).done() == Rejected(Reason.MISMATCH_PERSON, "C-20250101-0001")


def test_a_statement_about_a_person_who_was_right_all_along_corrects_nothing():
    outcome = stated(Visit(World(), known("张三", ZHANG)), RENUMBERED)
    assert isinstance(outcome, Verified)
    assert outcome.corrects is None


def test_the_first_officer_is_no_second_and_the_second_may_refuse():
    assert isinstance(stated(Visit(World(), known(*RENUMBERED)), RENUMBERED, second=FIRST), Scan)
    refused = stated(Visit(World(), known(*RENUMBERED)), RENUMBERED, agrees="no")
    assert refused == Rejected(Reason.RISK_CONTROL, "C-20250101-0001")


@pytest.mark.parametrize("left_out", ["former_name", "former_number", "ground"])
def test_the_desk_wants_the_former_person_and_the_document(left_out: str):
    visit = Visit(World())
    visit.open()
    visit.read()
    form = {"former_name": "张三", "former_number": LI, "ground": CERTIFICATE, left_out: " "}
    assert visit.post("rekey", **form).status_code == 409


def test_a_statement_is_about_the_card_that_was_read():
    visit = Visit(World(), known(*RENUMBERED))
    visit.open()
    visit.read()
    visit.post("rekey", former_name="张三", former_number=LI, ground=CERTIFICATE)
    visit.read("aili")
    visit.vouch()
    outcome = visit.poll()
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_PERSON


# ---- the table of the verdict ---------------------------------------------------------------------------------------

REKEYING = {"kind": "renumbered", "name": "张三", "id_number": LI, "ground": CERTIFICATE}
LIES: dict[str, dict] = {
    "one officer": {"second_officer": None},
    "one officer in two roles": {"second_officer": "W-0601"},
    "a text": {"rekeying": "renumbered"},
    "no kind": {"rekeying": REKEYING | {"kind": ""}},
    "an unknown kind": {"rekeying": REKEYING | {"kind": "reborn"}},
    "renamed, and the number is another": {"rekeying": REKEYING | {"kind": "renamed"}},
    "renumbered, and the number is the same": {"rekeying": REKEYING | {"id_number": ZHANG}},
    "renamed, and the name is the same": {"rekeying": REKEYING | {"kind": "renamed", "id_number": ZHANG}},
    "no document": {"rekeying": REKEYING | {"ground": " "}},
    "an impossible number": {"rekeying": REKEYING | {"id_number": "370102190204150000"}},
    "no name": {"rekeying": REKEYING | {"name": ""}},
}


def test_the_statement_is_read_with_both_officers():
    finding = judge(decided(rekeying=REKEYING, **TWO))
    assert finding is not None
    assert finding.corrects == Correction("张三", LI, ("W-0601", "W-0602"))
    assert LI not in repr(finding)


@pytest.mark.parametrize("changes", LIES.values(), ids=LIES)
def test_a_statement_that_cannot_be_true_is_distrusted(changes: dict):
    with pytest.raises(Distrusted):
        judge(decided(**{"rekeying": REKEYING, **TWO, **changes}))


@ANY_INPUT
@given(data=st.data())
def test_any_statement_at_all_ends_in_a_finding_or_a_channel_error(data: st.DataObject):
    rekeying = dict(REKEYING)
    rekeying[data.draw(st.sampled_from(sorted(rekeying)))] = data.draw(JSON)
    try:
        finding = judge(decided(rekeying=rekeying, **TWO))
    except ChannelError:
        return
    assert finding is not None
    assert finding.corrects is not None
    assert len(set(finding.corrects.officers)) == 2
