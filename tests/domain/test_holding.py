from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.holding import Hold, Verdict, hold_of, settle

NOW = 1_735_689_600.0
holds = st.sampled_from(Hold)


def row(source: str, strength: Strength, *methods: CheckMethod, **changes: float) -> Evidence:
    return Evidence("e", "c", source, source, methods or (CheckMethod.DATA,), strength, "t", NOW, **changes)


POLICE = row("police", Strength.KNOWLEDGE)
WALLET = row("ant", Strength.POSSESSION, CheckMethod.AUTH)
FACE = row("ant", Strength.PRESENCE, CheckMethod.BVR)
COUNTER = row("counter", Strength.PRESENCE, CheckMethod.VPIP, CheckMethod.PVP)


@pytest.mark.parametrize(
    ("rows", "hold"),
    [
        ([], Hold.NONE),
        ([WALLET], Hold.NONE),
        ([POLICE], Hold.KNOWN),
        ([POLICE, WALLET], Hold.POSSESSED),
        ([POLICE, FACE], Hold.PRESENT),
        ([POLICE, COUNTER], Hold.SEEN),
        ([POLICE, row("counter", Strength.PRESENCE, CheckMethod.VPIP, revoked_at=NOW)], Hold.KNOWN),
        ([row("police", Strength.KNOWLEDGE, suspended_at=NOW)], Hold.KNOWN),
        ([row("police", Strength.KNOWLEDGE, outweighed_at=NOW)], Hold.NONE),
    ],
)
def test_a_hold_is_as_strong_as_what_was_shown(rows, hold):
    assert hold_of(rows, NOW) is hold


@pytest.mark.parametrize(
    ("holder", "newcomer", "verdict"),
    [
        (Hold.KNOWN, Hold.KNOWN, Verdict.EQUAL),
        (Hold.KNOWN, Hold.POSSESSED, Verdict.TAKES_OVER),
        (Hold.KNOWN, Hold.PRESENT, Verdict.TAKES_OVER),
        (Hold.POSSESSED, Hold.KNOWN, Verdict.WEAKER),
        (Hold.POSSESSED, Hold.POSSESSED, Verdict.EQUAL),
        (Hold.PRESENT, Hold.PRESENT, Verdict.EQUAL),
        (Hold.PRESENT, Hold.SEEN, Verdict.TAKES_OVER),
        (Hold.SEEN, Hold.SEEN, Verdict.EQUAL),
        (Hold.NONE, Hold.KNOWN, Verdict.TAKES_OVER),
    ],
)
def test_the_table_holds(holder, newcomer, verdict):
    assert settle(holder, newcomer) is verdict


@given(holds, holds)
def test_of_two_never_both_take_over(one, other):
    assert {settle(one, other), settle(other, one)} != {Verdict.TAKES_OVER}


def test_knowledge_takes_nothing_from_anybody_who_has_shown_anything():
    for holder, newcomer in product([h for h in Hold if h is not Hold.NONE], [Hold.NONE, Hold.KNOWN]):
        assert settle(holder, newcomer) is not Verdict.TAKES_OVER
