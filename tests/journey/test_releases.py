from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.claims import ClaimName, Scope, released
from idp.domain.claims_request import ClaimsRequest, Placement
from idp.domain.errors import MasterKeyWrong
from idp.domain.evidence import CheckMethod
from idp.domain.organisations import Choice, Role, Standing
from idp.domain.ports import Citizen
from idp.domain.subjects import pairwise
from idp.journey.releases import Asked, claims_of, context, make_release
from tests.doubles import SeededRandomness
from tests.journey.conftest import client, levels
from tests.valkey import AesGcmCipher

SECRET = bytes(range(32))
SUB = pairwise(SECRET, "tax.example")
PROVED = Citizen("c" * 32, 1.0, "zh-CN", SECRET, mobile="+8619900000010", name="钱大", id_number="37010219040404001X")
scope_sets = st.frozensets(st.sampled_from([str(scope) for scope in Scope]))
citizens = st.builds(
    Citizen,
    id=st.just("c"),
    created_at=st.just(1.0),
    locale=st.just("zh-CN"),
    subject_secret=st.just(SECRET),
    mobile=st.none() | st.just("+8619900000010"),
    name=st.none() | st.just("钱大"),
    id_number=st.none() | st.just("37010219040404001X"),
)


def test_everything_consented_at_the_highest_level_is_released_as_it_is_proved():
    assert claims_of(PROVED, frozenset(map(str, Scope)), 3) == {
        "name": "钱大",
        "birthdate": "1904-04-04",
        "gender": "male",
        "phone_number": "+8619900000010",
        "phone_number_verified": True,
        "urn:yihaotong:claims:id_number": "37010219040404001X",
        "urn:yihaotong:claims:document_kind": "resident_id_card",
    }


@given(citizens, scope_sets, levels)
def test_never_more_than_scopes_and_level_allow_and_nothing_unknown(citizen, scopes, level):
    values = claims_of(citizen, scopes, level)
    assert set(values) <= set(released(scopes, level))
    assert None not in values.values()
    if citizen.id_number is None:
        assert not {ClaimName.ID_NUMBER, ClaimName.BIRTHDATE, ClaimName.GENDER} & set(values)


@given(citizens, levels)
def test_openid_alone_releases_nothing_about_the_person(citizen, level):
    assert claims_of(citizen, frozenset({"openid", "offline_access"}), level) == {}


def test_a_release_is_sealed_for_its_client_and_carries_no_claim_in_the_clear():
    cipher = AesGcmCipher()
    scopes = frozenset({"openid", "profile", "id_number"})
    release = make_release(PROVED, client(), SUB, scopes, 2, cipher=cipher, randomness=SeededRandomness())
    assert release.sub == SUB
    assert release.scopes == scopes
    assert orjson.loads(cipher.open(release.claims, context("tax-portal"))) == claims_of(PROVED, scopes, 2)
    assert "钱大".encode() not in release.claims
    assert "37010219040404001X" not in repr(release)
    with pytest.raises(MasterKeyWrong):
        cipher.open(release.claims, context("another-portal"))


def test_every_release_has_a_session_identifier_of_its_own():
    cipher, randomness = AesGcmCipher(), SeededRandomness()
    sids = {
        make_release(PROVED, client(), SUB, frozenset({"openid"}), 0, cipher=cipher, randomness=randomness).sid
        for _ in range(20)
    }
    assert len(sids) == 20


STANDING = Standing(
    "s1", "c" * 32, "山东测试科技有限公司", "91370100MA0TEXT00H", Role.AGENT, "business_registry", (CheckMethod.AUTH,),
    "t", 1e9, 1e9 + 86_400,
)  # fmt: skip
ACTING = Asked(ClaimsRequest(Placement({ClaimName.LEGAL_PERSON: None})), 1e9, chosen=Choice("s1", STANDING))


@given(scope_sets, levels)
def test_the_organisation_is_released_by_its_own_scope_from_level_two_on_and_is_one_claim(scopes, level):
    values = claims_of(PROVED, scopes, level, ACTING)
    told = Scope.LEGAL_PERSON in scopes and level >= 2
    assert (ClaimName.LEGAL_PERSON in values) is told
    assert {name: value for name, value in values.items() if name != ClaimName.LEGAL_PERSON} == claims_of(
        PROVED, scopes, level
    )


@given(levels)
def test_asked_for_by_name_it_is_released_where_it_was_asked_for_and_says_until_when(level):
    cipher = AesGcmCipher()
    release = make_release(
        PROVED, client(), SUB, frozenset({"openid"}), level, cipher=cipher, randomness=SeededRandomness(), asked=ACTING
    )
    sealed = orjson.loads(cipher.open(release.claims, context("tax-portal")))
    assert sealed.pop("@acting_until") == release.good_until == STANDING.expires_at
    assert release.acting_for == "s1"
    assert sealed == ({"@userinfo": {"urn:yihaotong:claims:legal_person": STANDING.claim}} if level >= 2 else {})


def test_who_acts_for_themselves_has_a_release_without_end():
    chosen = replace(ACTING, chosen=Choice(""))
    release = make_release(
        PROVED, client(), SUB, frozenset({"openid", "legal_person"}), 3, cipher=AesGcmCipher(),
        randomness=SeededRandomness(), asked=chosen,
    )  # fmt: skip
    assert (release.acting_for, release.good_until) == ("", None)
