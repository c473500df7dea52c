"""Asking for claims and levels by the portals' own library, over HTTP."""

from tests.journeys.surfer import Surfer

ACR = "urn:yihaotong:realname:"
VERIFICATION = {
    "trust_framework": {"value": "cn_real_name"},
    "assurance_level": {"values": ["1", "2", "3"]},
    "evidence": [{"type": {"value": "electronic_record"}, "record": {"type": None}}],
}


def test_a_portal_asks_by_name_and_for_verified_claims_and_gets_exactly_that(house, citizen):
    portal = house.portal(verified_claims=True)
    surfer = house.signed_in(citizen)
    asked = {
        "userinfo": {"gender": None, "verified_claims": {"verification": VERIFICATION, "claims": {"name": None}}},
        "id_token": {"acr": {"essential": True, "value": f"{ACR}1"}, "auth_time": {"essential": True}},
    }
    begun = portal.begin(claims=asked)
    page = surfer.get(begun)
    assert page.step == "consent"
    assert "它还想知道我们怎样核实了您" in page.main
    held = portal.finish(surfer.submit(page, decision="agree"), begun)
    assert held.claims["acr"] == f"{ACR}1"
    assert set(held.userinfo) == {"sub", "gender", "verified_claims"}
    told = held.userinfo["verified_claims"]
    assert told["claims"] == {"name": "张三"}
    assert told["verification"] == {
        "trust_framework": "cn_real_name",
        "assurance_level": "1",
        "evidence": [{"type": "electronic_record", "record": {"type": "population_register"}}],
    }


def test_a_resource_servers_challenge_is_met_by_signing_in_again(house, citizen):
    """RFC 9470 section 4: ``acr_values`` and ``max_age`` as the resource server named them."""
    portal = house.portal(consent="implied")
    surfer: Surfer = house.signed_in(citizen)
    begun = portal.begin()
    first = portal.finish(surfer.get(begun), begun)
    house.clock.advance(900)
    begun = portal.begin(acr_values=[f"{ACR}1"], max_age=600)
    second = portal.finish(house.sign_in(surfer, surfer.get(begun), citizen), begun)
    assert second.claims["auth_time"] == first.claims["auth_time"] + 900
    assert second.claims["acr"] == f"{ACR}1"
    assert second.sub == first.sub


def test_a_level_that_does_not_exist_is_an_unmet_requirement(house, citizen):
    portal = house.portal()
    begun = portal.begin(claims={"id_token": {"acr": {"essential": True, "values": ["loa9"]}}})
    assert portal.error(house.signed_in(citizen).get(begun), begun) == "unmet_authentication_requirements"
