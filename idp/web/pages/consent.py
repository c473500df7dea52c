"""Ask whether a client may have what it asks for. The form says yes or no; what it is about comes from the journey."""

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.authorization import AuthorizationRequest
from idp.domain.claims import MINIMUM_LEVELS, ClaimName, Scope, released
from idp.domain.claims_request import AGREE_EVIDENCE
from idp.journey.dispatch import Step
from idp.web.context import services
from idp.web.pages import answer, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import Elsewhere, arrive
from idp.web.pages.render import journey_page


def show(journey_id: str) -> Response:
    """Every claim that would be released, by the very rule that releases it."""
    visit = arrive(journey_id, Step.CONSENT)
    _, facts = visit.signed_in
    asked = visit.journey.request
    if asked is None:
        raise Elsewhere(journey_id)
    standing = services().conductor.acting.find(facts.citizen_id, visit.journey.acting_for)
    allowed = _receives(asked, facts.level)
    claims = allowed if standing else allowed - {ClaimName.LEGAL_PERSON}
    withheld = _receives(asked, 3) - allowed
    return journey_page(
        "consent.html",
        visit,
        claims=[each for each in ClaimName if each in claims],
        withheld=[each for each in ClaimName if each in withheld],
        while_away=Scope.OFFLINE_ACCESS in asked.scopes,
        verified=[each for each in ClaimName if each in _verified(asked)],
        evidence=AGREE_EVIDENCE in asked.to_agree,
        standing=standing,
        matters=asked.details,
    )


def _receives(asked: AuthorizationRequest, level: int) -> frozenset[ClaimName]:
    """By scope and by name, verified or not; below its level nothing is released, however it is asked for."""
    named = asked.claims.userinfo.names | asked.claims.id_token.names
    return released(frozenset(asked.scopes), level) | {name for name in named if level >= MINIMUM_LEVELS[name]}


def _verified(asked: AuthorizationRequest) -> frozenset[ClaimName]:
    """Of which claims the client is also told that, and how, they were verified."""
    return frozenset(name for each in asked.claims.verified for name in each.claims)


def decide(journey_id: str) -> AnyResponse:
    """Remember a yes; take a no back to the client."""
    visit = arrive(journey_id, Step.CONSENT)
    check_button(journeys.address(journey_id, Step.CONSENT.value))
    _, facts = visit.signed_in
    asked = visit.journey.request
    if asked is None:
        raise Elsewhere(journey_id)
    if request.form.get("decision") != "agree":
        services().conductor.close(visit.journey)
        return answer.refused(visit.journey)
    services().account.consent(facts.citizen_id, asked.client_id, asked.to_agree)
    visit.with_(consented=True)
    return journeys.go_on(journey_id)
