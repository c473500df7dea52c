import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.assurance import Level
from idp.domain.claims import CLAIMS, ORGANISATION_CLAIMS, ClaimName, Scope, released

scope_sets = st.frozensets(st.sampled_from([*map(str, Scope), "address", ""]))
levels = st.sampled_from(Level)


@pytest.mark.parametrize(
    ("scopes", "level", "expected"),
    [
        ({"openid"}, 3, set()),
        ({"profile"}, 0, set()),
        ({"profile"}, 1, {ClaimName.NAME, ClaimName.BIRTHDATE, ClaimName.GENDER}),
        ({"realname"}, 0, {ClaimName.LEVEL}),
        ({"realname"}, 1, {ClaimName.LEVEL, ClaimName.NAME, ClaimName.DOCUMENT_KIND}),
        ({"phone"}, 1, set()),
        ({"phone"}, 2, {ClaimName.PHONE_NUMBER, ClaimName.PHONE_NUMBER_VERIFIED}),
        ({"id_number"}, 1, set()),
        ({"id_number"}, 2, {ClaimName.ID_NUMBER}),
        ({"offline_access", "address"}, 3, set()),
        (set(Scope), 3, set(ClaimName) - ORGANISATION_CLAIMS),
    ],
)
def test_scopes_release_their_claims_at_their_level(scopes, level, expected):
    assert released(frozenset(scopes), level) == expected


@given(scope_sets, scope_sets, levels, levels)
def test_fewer_scopes_or_a_lower_level_never_release_more(some, more, low, high):
    low, high = min(low, high), max(low, high)
    assert released(some, low) <= released(some | more, high)


@given(scope_sets, levels)
def test_nothing_is_released_that_no_scope_asked_for(scopes, level):
    for name in released(scopes, level):
        assert any(fact.name is name and fact.scope in scopes and level >= fact.minimum_level for fact in CLAIMS)


@given(scope_sets)
def test_number_and_mobile_never_leave_below_level_two(scopes):
    sensitive = {ClaimName.ID_NUMBER, ClaimName.PHONE_NUMBER, ClaimName.PHONE_NUMBER_VERIFIED}
    for level in (Level.UNPROVED, Level.BASIC):
        assert not released(scopes, level) & sensitive


def test_every_claim_about_a_citizen_has_a_scope_and_none_about_an_organisation():
    assert {fact.name for fact in CLAIMS} == set(ClaimName) - ORGANISATION_CLAIMS
