from dataclasses import dataclass, replace

import pytest

from idp.domain.assurance import Level
from idp.domain.audit import ConsentGiven, ConsentWithdrawn, SignedOn, SignedOut
from idp.domain.audit_words import EndCause, SignInMethod
from idp.domain.client import AuthMethod, Client
from idp.domain.errors import SignInRefused
from idp.domain.ports import Citizen, Granted, Release, SessionFacts, SignOnRequest
from idp.people.account import Account, Portal
from idp.stores.redis.grants import RedisGrants
from idp.stores.redis.outbox import RedisOutbox
from idp.stores.redis.sessions import RedisSessions
from idp.stores.sql.audit_log import SqlAuditLog
from idp.stores.sql.consents import SqlConsents
from idp.system import SystemRandomness
from tests.people.conftest import ELSEWHERE, HOME, People
from tests.people.doubles import Notebook, says_yes

PORTAL = Client(
    client_id="tax-portal",
    name="税务",
    name_en="Tax",
    auth_method=AuthMethod.BASIC,
    redirect_uris=frozenset({"https://tax.example/back"}),
    scopes=frozenset({"openid", "profile"}),
    sector="tax.example",
)


@dataclass(frozen=True)
class OneClient:
    """A registry of one."""

    client: Client

    def get(self, client_id: str) -> Client | None:
        return self.client if client_id == self.client.client_id else None

    def all(self) -> tuple[Client, ...]:
        return (self.client,)


@pytest.fixture
def account(people: People, engine, fast_wire, cipher) -> Account:
    randomness = SystemRandomness()
    return Account(
        citizens=people.citizens,
        consents=SqlConsents(engine),
        sessions=RedisSessions(fast_wire, randomness),
        grants=RedisGrants(fast_wire, randomness),
        audit=SqlAuditLog(engine, cipher),
        outbox=people.notebook,
        clients=OneClient(PORTAL),
        clock=people.clock,
        randomness=randomness,
    )


@pytest.fixture
def citizen(people: People) -> Citizen:
    return people.open_account()


def signed_in(people: People, account: Account, citizen: Citizen, origin=HOME) -> tuple[str, SessionFacts]:
    facts = people.signing_in.facts(citizen.id, SignInMethod.MOBILE, ("pwd",), origin)
    return account.sessions.open(facts, now=people.clock.now()), facts


def sign_on(people: People, account: Account, token: str) -> str:
    """The access token of a sign-on at the portal."""
    now = people.clock.now()
    release = Release("tax-portal", "sub", "sid", frozenset({"openid"}), b"sealed")
    assert account.sessions.release(token, release, now=now)
    ask = SignOnRequest("tax-portal", "https://tax.example/back", ("openid",), "challenge")
    event = SignedOn(id="e" * 32, at=now, level=0)  # type: ignore[arg-type]
    granted = account.sessions.sign_on(token, ask, event, now=now)
    assert isinstance(granted, Granted)
    issued = account.grants.redeem(
        granted.code,
        client_id="tax-portal",
        redirect_uri="https://tax.example/back",
        code_challenge="challenge",
        access_seconds=600,
        refresh_seconds=None,
        now=now,
    )
    assert hasattr(issued, "access_token")
    return issued.access_token


def test_the_overview_of_a_new_account_explains_level_nought(people: People, account: Account, citizen: Citizen):
    overview = account.overview(citizen.id)
    assert (overview.citizen, overview.level, overview.evidence) == (citizen, Level.UNPROVED, ())
    assert all(line.evidence is None for line in overview.lines)
    assert (list(overview.portals), list(overview.sessions), list(overview.events)) == ([], [], [])


def test_the_overview_shows_level_evidence_portals_sessions_and_events(
    people: People, account: Account, citizen: Citizen
):
    people.police.answers = [says_yes]
    begun = people.proving.begin(citizen.id, "police", "", HOME)
    people.proving.reply(
        begun.attempt_id, "police", citizen.id, {"name": "张三", "id_number": "370102190103070012"}, HOME
    )
    _, facts = signed_in(people, account, citizen)
    account.consent(citizen.id, "tax-portal", ["openid", "profile"])
    account.consent(citizen.id, "left-portal", ["openid"])
    people.notebook.drain(account.audit)
    overview = account.overview(citizen.id)
    assert overview.level is Level.BASIC
    assert [line.requirement for line in overview.lines if line.evidence] == ["population_record"] * 3
    assert list(overview.sessions) == [facts]
    assert {portal.client_id: portal for portal in overview.portals} == {
        "tax-portal": Portal(PORTAL, "tax-portal", frozenset({"openid", "profile"}), people.clock.now()),
        "left-portal": Portal(None, "left-portal", frozenset({"openid"}), people.clock.now()),
    }
    assert {entry.kind for entry in overview.events} == {"registered", "attempt_ended", "signed_in", "consent_given"}


def test_a_disabled_account_has_no_overview(people: People, account: Account, citizen: Citizen):
    people.citizens.disable(citizen.id, now=people.clock.now())
    for account_id in (citizen.id, "0" * 32):
        with pytest.raises(SignInRefused):
            account.overview(account_id)


def test_consent_is_remembered_and_audited(people: People, account: Account, citizen: Citizen):
    account.consent(citizen.id, "tax-portal", frozenset({"profile", "openid"}))
    consent = account.consents.of(citizen.id, "tax-portal")
    assert consent is not None
    assert consent.scopes == {"openid", "profile"}
    [event] = people.notebook.of(ConsentGiven)
    assert (event.client_id, event.scopes) == ("tax-portal", ("openid", "profile"))


def test_disconnecting_ends_consent_tokens_and_release_at_once(people: People, account: Account, citizen: Citizen):
    token, _ = signed_in(people, account, citizen)
    account.consent(citizen.id, "tax-portal", frozenset({"openid"}))
    access = sign_on(people, account, token)
    assert account.grants.inspect(access, now=people.clock.now())
    assert account.disconnect(citizen.id, "tax-portal") is True
    assert account.grants.inspect(access, now=people.clock.now()) is None
    assert account.consents.of(citizen.id, "tax-portal") is None
    ask = SignOnRequest("tax-portal", "https://tax.example/back", ("openid",), "challenge")
    event = SignedOn(id="f" * 32, at=people.clock.now(), level=0)  # type: ignore[arg-type]
    assert not isinstance(account.sessions.sign_on(token, ask, event, now=people.clock.now()), Granted)
    assert account.sessions.read(token, now=people.clock.now())
    assert [event.client_id for event in people.notebook.of(ConsentWithdrawn)] == ["tax-portal"]


def test_disconnecting_what_is_not_connected_changes_and_records_nothing(
    people: People, account: Account, citizen: Citizen
):
    assert account.disconnect(citizen.id, "tax-portal") is False
    assert people.notebook.of(ConsentWithdrawn) == []


def test_a_citizen_ends_one_of_their_sessions_by_its_handle(people: People, account: Account, citizen: Citizen):
    here, _ = signed_in(people, account, citizen)
    there, facts = signed_in(people, account, citizen, ELSEWHERE)
    sign_on(people, account, there)
    ended = account.end_session(citizen.id, facts.handle)
    assert ended is not None
    assert [client for client, _, _ in ended.relying_parties] == ["tax-portal"]
    assert account.sessions.read(there, now=people.clock.now()) is None
    assert account.sessions.read(here, now=people.clock.now())
    [event] = people.notebook.of(SignedOut)
    assert (event.citizen_id, event.cause, event.clients) == (citizen.id, EndCause.CITIZEN, 1)


def test_signing_out_ends_this_session_and_says_whom_to_tell(people: People, account: Account, citizen: Citizen):
    token, _ = signed_in(people, account, citizen)
    access = sign_on(people, account, token)
    ended = account.sign_out(token)
    assert ended is not None
    assert ended.relying_parties == (("tax-portal", "sub", "sid"),)
    assert account.grants.inspect(access, now=people.clock.now()) is None
    assert account.sign_out(token) is None
    [event] = people.notebook.of(SignedOut)
    assert (event.citizen_id, event.cause, event.clients) == (citizen.id, EndCause.SIGN_OUT, 1)


def test_nobody_ends_another_citizens_session(people: People, account: Account, citizen: Citizen):
    token, facts = signed_in(people, account, citizen)
    stranger = people.open_account("+8619900000002")
    assert account.end_session(stranger.id, facts.handle) is None
    assert list(account.end_others(stranger.id, token)) == []
    assert account.sessions.read(token, now=people.clock.now())
    assert people.notebook.of(SignedOut) == []


@pytest.mark.parametrize("cause", [EndCause.CITIZEN, EndCause.PROOF])
def test_all_other_sessions_end_at_once(people: People, account: Account, citizen: Citizen, cause):
    kept, _ = signed_in(people, account, citizen)
    others = [signed_in(people, account, citizen, ELSEWHERE)[0] for _ in range(3)]
    assert len(account.end_others(citizen.id, kept, cause)) == 3
    now = people.clock.now()
    assert [account.sessions.read(token, now=now) for token in others] == [None] * 3
    assert account.sessions.read(kept, now=now)
    assert [event.cause for event in people.notebook.of(SignedOut)] == [cause] * 3


def test_events_reach_the_audit_log_through_the_real_outbox(
    people: People, account: Account, citizen: Citizen, fast_wire
):
    real = replace(account, outbox=RedisOutbox(fast_wire))
    real.consent(citizen.id, "tax-portal", ["openid"])
    real.disconnect(citizen.id, "tax-portal")
    assert isinstance(people.notebook, Notebook)
    assert real.outbox.drain(account.audit) == 2
    assert {entry.kind for entry in account.overview(citizen.id).events} == {"consent_given", "consent_withdrawn"}
    assert account.audit.verify() == 2
