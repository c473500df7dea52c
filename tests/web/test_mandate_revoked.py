"""An authority to act for an organisation ends: portals that were told of it hear so, and never which one it was."""

from idp.domain.client import PushEndpoint
from idp.domain.id_numbers import IdNumber
from idp.domain.persons import parse_name
from idp.domain.ports import SecurityEventKind
from idp.people.origin import Origin
from tests.web.test_legal_person import QIAN, asked, browser, prove, provider, qian, told, way

__all__ = ["browser", "provider", "qian", "way"]


def mandates(provider):
    """Events, kept or told, that say that the citizen stands for an organisation no more."""
    kept = (each.event for each in provider.stores.events.listing(limit=50))
    return [each for each in kept if each.kind is SecurityEventKind.MANDATE_REVOKED]


def test_portals_that_were_told_hear_that_it_is_over_and_nothing_about_which(provider, browser, qian):
    party, other = (
        provider.party(each, security_events=PushEndpoint("https://x.example")) for each in ("hall", "bureau")
    )
    told(party, prove(browser, asked(provider, browser, party)))
    told(other, browser.follow(other.authorize(browser)))
    (standing,) = provider.stores.standings.of(qian.id)
    representing = provider.app.extensions["yihaotong"].representing
    assert representing.remove(qian.id, standing.id, Origin("", "", "r1"))
    assert not representing.remove(qian.id, standing.id, Origin("", "", "r2"))
    (kept,) = mandates(provider)
    assert (kept.client_id, kept.detail) == ("hall", {})


def test_who_loses_the_number_stands_for_nobody_and_portals_hear_it(provider, browser, qian):
    party = provider.party(security_events=PushEndpoint("https://x.example"))
    told(party, prove(browser, asked(provider, browser, party)))
    operators = provider.app.extensions["yihaotong"].operators
    officers, name = ("W-0601", "W-0602"), parse_name(QIAN["name"])
    with provider.app.app_context():
        operators.correct(qian.id, QIAN["id_number"], officers, parse_name("钱小大"), IdNumber(QIAN["id_number"]))
        assert mandates(provider) == []  # another name alone: the person stands for it as before
        operators.correct(qian.id, QIAN["id_number"], officers, name, IdNumber("370102190103070012"))
    assert [each.client_id for each in mandates(provider)] == ["hall"]
    assert provider.stores.standings.of(qian.id) == ()
