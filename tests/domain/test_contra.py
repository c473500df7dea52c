from hypothesis import given
from hypothesis import strategies as st

from idp.domain.assurance import Level, explain, level_of
from idp.domain.channel import Reason
from idp.domain.contra import DOUBT_SECONDS, ContraIndicator, outweigh
from idp.domain.evidence import CheckMethod, Evidence, Status, Strength

NOW = 1_735_689_600.0
DAY = 86_400.0


def row(source: str, strength: Strength, at: float = NOW, *methods: CheckMethod) -> Evidence:
    return Evidence(f"{source}{at}", "c", source, source, methods or (CheckMethod.DATA,), strength, "t", at)


def contra(source: str, at: float) -> ContraIndicator:
    return ContraIndicator(f"{source}{at}", "c", source, source, Reason.MISMATCH_PERSON, at)


POLICE, WALLET = row("police", Strength.KNOWLEDGE), row("ant", Strength.POSSESSION)
CARD = row("unionpay", Strength.POSSESSION)
COUNTER = row("counter", Strength.PRESENCE, NOW, CheckMethod.VPIP)

rows = st.lists(
    st.builds(
        row,
        st.sampled_from(["police", "ant", "unionpay", "counter"]),
        st.sampled_from(Strength),
        st.floats(NOW, NOW + 400 * DAY),
    ),
    max_size=6,
)
contras = st.lists(
    st.builds(contra, st.sampled_from(["ant", "unionpay", "wechat"]), st.floats(NOW, NOW + 400 * DAY)), max_size=4
)


def test_an_answer_about_another_person_outweighs_earlier_evidence_of_its_source():
    weighed = outweigh([POLICE, WALLET], [contra("ant", NOW + DAY)])
    assert level_of(weighed, NOW + DAY) is Level.BASIC
    assert [each.status(NOW + DAY) for each in weighed] == [Status.ALIVE, Status.OUTWEIGHED]


def test_what_is_shown_afterwards_counts_again():
    later = row("ant", Strength.POSSESSION, NOW + 2 * DAY)
    assert level_of(outweigh([POLICE, WALLET, later], [contra("ant", NOW + DAY)]), NOW + 3 * DAY) is Level.MEDIUM


def test_another_source_stands_against_one_contra_indicator():
    assert level_of(outweigh([POLICE, CARD], [contra("ant", NOW + DAY)]), NOW + DAY) is Level.MEDIUM


def test_two_sources_within_the_window_outweigh_every_machine_but_no_officer():
    doubts = [contra("ant", NOW + DAY), contra("wechat", NOW + DAY + DOUBT_SECONDS)]
    assert level_of(outweigh([POLICE, CARD], doubts), NOW + 100 * DAY) is Level.BASIC
    assert level_of(outweigh([POLICE, CARD, COUNTER], doubts), NOW + 100 * DAY) is Level.HIGH


def test_two_sources_far_apart_are_two_accidents():
    doubts = [contra("ant", NOW + DAY), contra("wechat", NOW + 2 * DAY + DOUBT_SECONDS)]
    assert level_of(outweigh([POLICE, CARD], doubts), NOW + 100 * DAY) is Level.MEDIUM


def test_the_same_source_twice_is_one_source():
    doubts = [contra("ant", NOW + DAY), contra("ant", NOW + 2 * DAY)]
    assert level_of(outweigh([POLICE, CARD], doubts), NOW + 3 * DAY) is Level.MEDIUM


def test_the_explanation_names_what_is_outweighed():
    lines = explain(outweigh([POLICE, WALLET], [contra("ant", NOW + DAY)]), NOW + DAY)
    missing = next(line for line in lines if line.level is Level.MEDIUM and line.evidence is None)
    assert missing.lapsed is not None
    assert (missing.lapsed.channel, missing.lapsed.status(NOW + DAY)) == ("ant", Status.OUTWEIGHED)


@given(rows, contras, contras)
def test_more_contra_indicators_never_raise_a_level(evidence, some, more):
    now = NOW + 500 * DAY
    assert level_of(outweigh(evidence, [*some, *more]), now) <= level_of(outweigh(evidence, some), now)


@given(rows, contras)
def test_weighing_changes_nothing_else_and_can_be_repeated(evidence, against):
    once = outweigh(evidence, against)
    assert outweigh(once, against) == once
    assert outweigh(once, []) == tuple(evidence)
