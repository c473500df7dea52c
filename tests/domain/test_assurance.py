from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.assurance import TABLE, Level, explain, level_of, level_of_acr
from idp.domain.evidence import CheckMethod, Evidence, Strength

NOW = 1_735_689_600.0
KNOWLEDGE, POSSESSION, PRESENCE = Strength.KNOWLEDGE, Strength.POSSESSION, Strength.PRESENCE

evidence_rows = st.builds(
    Evidence,
    id=st.uuids().map(str),
    citizen_id=st.just("c"),
    channel=st.just("any"),
    source=st.sampled_from(["police", "ant", "tencent", "unionpay", "counter"]),
    check_methods=st.lists(st.sampled_from(CheckMethod), min_size=1, max_size=3, unique=True).map(tuple),
    strength=st.sampled_from(Strength),
    txn=st.just("t"),
    verified_at=st.floats(NOW - 1e8, NOW),
    expires_at=st.none() | st.floats(NOW - 1e6, NOW + 1e6),
    revoked_at=st.none() | st.none() | st.floats(NOW - 1e6, NOW),
    suspended_at=st.none() | st.none() | st.floats(NOW - 1e6, NOW),
)
sets = st.lists(evidence_rows, max_size=8)


def evidence(source: str, strength: Strength, **changes: float) -> Evidence:
    return Evidence("e", "c", source, source, (CheckMethod.DATA,), strength, "t", NOW, **changes)


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([], Level.UNPROVED),
        ([("police", KNOWLEDGE)], Level.BASIC),
        ([("unionpay", KNOWLEDGE)], Level.UNPROVED),
        ([("unionpay", POSSESSION)], Level.UNPROVED),
        ([("counter", PRESENCE)], Level.UNPROVED),
        ([("police", KNOWLEDGE), ("unionpay", KNOWLEDGE)], Level.BASIC),
        ([("police", KNOWLEDGE), ("unionpay", POSSESSION)], Level.MEDIUM),
        ([("police", KNOWLEDGE), ("counter", PRESENCE)], Level.HIGH),
        ([("police", PRESENCE)], Level.HIGH),
        ([("police", KNOWLEDGE), ("ant", POSSESSION), ("ant", PRESENCE)], Level.HIGH),
    ],
)
def test_the_published_table_holds(rows, level):
    assert level_of([evidence(source, strength) for source, strength in rows], NOW) is level


@pytest.mark.parametrize(
    ("checks", "level"),
    [
        ((CheckMethod.VPIP, CheckMethod.PVP, CheckMethod.VCRYPT), Level.HIGH),
        ((CheckMethod.VPIP, CheckMethod.PVP), Level.HIGH),
        ((CheckMethod.VCRYPT,), Level.UNPROVED),
        ((CheckMethod.BVP,), Level.UNPROVED),
    ],
)
def test_a_document_that_an_officer_examined_stands_for_the_population_record(checks, level):
    assert level_of([replace(evidence("counter", PRESENCE), check_methods=checks)], NOW) is level


@given(sets, evidence_rows, st.floats(NOW - 1e7, NOW + 1e7))
def test_more_evidence_never_lowers_a_level(rows, more, now):
    assert level_of([*rows, more], now) >= level_of(rows, now)


@given(sets, st.floats(NOW, NOW + 1e7), st.floats(0, 1e7))
def test_time_alone_never_raises_a_level(rows, now, later):
    assert level_of(rows, now + later) <= level_of(rows, now)


@given(sets)
def test_dead_evidence_counts_for_nothing(rows):
    assert level_of(rows, NOW) is level_of([row for row in rows if row.alive(NOW)], NOW)
    assert level_of([row for row in rows if not row.alive(NOW)], NOW) is Level.UNPROVED


@given(sets, st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(rows, shuffler):
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    assert level_of(shuffled, NOW) is level_of(rows, NOW)


@given(sets)
def test_the_explanation_agrees_with_the_level(rows):
    lines = explain(rows, NOW)
    met = [level for level in Level if all(line.evidence for line in lines if line.level is level)]
    assert max(met) is level_of(rows, NOW)
    for line in lines:
        assert line.evidence is None or (line.evidence in rows and line.evidence.alive(NOW))
    assert [(line.level, line.requirement) for line in lines] == [(lv, row.key) for lv, reqs in TABLE for row in reqs]


def test_every_level_needs_all_that_the_levels_below_need():
    needs = {level: {row.key for row in rows} for level, rows in TABLE}
    assert needs[Level.UNPROVED] < needs[Level.BASIC] < needs[Level.MEDIUM]
    assert needs[Level.BASIC] < needs[Level.HIGH]
    assert [level for level, _ in TABLE] == list(Level)


@pytest.mark.parametrize(
    ("changes", "now", "alive"),
    [
        ({}, NOW + 1e9, True),
        ({"expires_at": NOW + 10}, NOW + 9.9, True),
        ({"expires_at": NOW + 10}, NOW + 10, False),
        ({"revoked_at": NOW}, NOW, False),
        ({"revoked_at": NOW, "expires_at": NOW + 10}, NOW + 1, False),
    ],
)
def test_evidence_lives_until_it_expires_or_is_revoked(changes, now, alive):
    assert evidence("police", KNOWLEDGE, **changes).alive(now) is alive


@pytest.mark.parametrize("level", list(Level))
def test_a_level_and_its_acr_name_one_another(level):
    assert level.acr == f"urn:yihaotong:realname:{int(level)}"
    assert level_of_acr(level.acr) is level


@pytest.mark.parametrize(
    "acr", ["", "3", "urn:yihaotong:realname:", "urn:yihaotong:realname:4", "urn:yihaotong:realname:01"]
)
def test_an_acr_that_is_none_of_ours_is_no_level(acr):
    assert level_of_acr(acr) is None
