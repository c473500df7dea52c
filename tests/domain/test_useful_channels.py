"""Which channels lead on to a level: the published table read forwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.assurance import Level, level_of, reachable, useful_channels
from idp.domain.evidence import CheckMethod, Evidence, EvidenceShape, EvidenceType, Strength
from tests.people.doubles import facts_of

NOW = 1_735_689_600.0
FACTS = {
    "police": facts_of("police"),
    "bank_record": facts_of("bank_record", source="bank"),
    "wallet": facts_of("wallet", source="ant", strength=Strength.POSSESSION),
    "face": facts_of("face", source="ant", strength=Strength.PRESENCE),
    "counter": facts_of("counter", source="counter", strength=Strength.PRESENCE),
    "officer": facts_of(
        "officer",
        source="officer",
        strength=Strength.PRESENCE,
        evidence=(EvidenceShape(EvidenceType.DOCUMENT, "idcard", (CheckMethod.VPIP, CheckMethod.PVP)),),
    ),
}
names = st.lists(st.sampled_from(sorted(FACTS)), unique=True)


def proved(name: str, **changes: float) -> Evidence:
    facts = FACTS[name]
    return Evidence("e", "c", name, facts.source, facts.check_methods, facts.strength, "t", NOW, **changes)


@pytest.mark.parametrize(
    ("have", "wanted", "now", "later"),
    [
        ([], Level.UNPROVED, set(), set()),
        ([], Level.BASIC, {"police", "officer"}, set()),
        ([], Level.MEDIUM, {"police", "officer"}, {"wallet", "face", "counter"}),
        ([], Level.HIGH, {"police", "officer"}, {"face", "counter"}),
        (["police"], Level.BASIC, set(), set()),
        (["police"], Level.MEDIUM, {"wallet", "face", "counter", "officer"}, set()),
        (["police"], Level.HIGH, {"face", "counter", "officer"}, set()),
        (["police", "wallet"], Level.HIGH, {"face", "counter", "officer"}, set()),
        (["wallet"], Level.MEDIUM, {"police", "officer"}, set()),
        (["officer"], Level.HIGH, set(), set()),
        (["police", "face"], Level.HIGH, set(), set()),
    ],
)
def test_what_leads_on_is_what_meets_the_lowest_missing_requirement(have, wanted, now, later):
    assert useful_channels(FACTS.values(), [proved(name) for name in have], wanted, NOW) == (now, later)


def test_evidence_that_has_run_out_is_missing_again():
    gone = [proved("police"), proved("wallet", expires_at=NOW)]
    assert useful_channels(FACTS.values(), gone, Level.MEDIUM, NOW)[0] == {"wallet", "face", "counter", "officer"}


@given(names, names, st.sampled_from(Level))
def test_going_from_useful_channel_to_useful_channel_ends_at_the_level_that_is_within_reach(offered, have, wanted):
    facts, evidence = [FACTS[name] for name in offered], [proved(name) for name in have]
    target = min(wanted, reachable(facts, evidence, NOW))
    for _ in FACTS:
        now, _later = useful_channels(facts, evidence, target, NOW)
        if not now:
            break
        evidence.append(proved(min(now)))
    assert level_of(evidence, NOW) >= target


@given(names, names, st.sampled_from(Level))
def test_nothing_is_of_use_once_the_level_is_there(offered, have, wanted):
    evidence = [proved(name) for name in have]
    now, later = useful_channels([FACTS[name] for name in offered], evidence, wanted, NOW)
    assert not now & later
    if level_of(evidence, NOW) >= wanted and wanted in {Level.UNPROVED, level_of(evidence, NOW)}:
        assert not now
