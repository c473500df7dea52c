"""What the tests of the journey draw from."""

from hypothesis import strategies as st

from idp.domain.assurance import Level
from idp.domain.authorization import AuthorizationRequest
from idp.domain.channel import Reason
from idp.domain.claims import ClaimName, Scope
from idp.domain.claims_request import NO_CLAIMS, ClaimsRequest, Placement, VerifiedAsk
from idp.domain.client import AuthMethod, Client, ConsentPolicy
from idp.domain.errors import Rule
from idp.domain.ports import Consent, SessionFacts
from idp.journey.draft import Draft, Trouble
from idp.journey.record import Enrolment, HalfSignedIn, Journey, Purpose

NOW = 1_735_689_600.0

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
times = st.floats(NOW - 1e5, NOW + 1e5)
levels = st.sampled_from(Level)
scopes = st.lists(st.sampled_from([str(scope) for scope in Scope]), unique=True, max_size=6).map(tuple)
templates = st.none() | st.just({"value": "张三"}) | st.just({"values": ["a", 1]})
named = st.dictionaries(st.sampled_from([ClaimName.NAME, ClaimName.GENDER]), templates)
verification = st.just({"trust_framework": None, "evidence": [{"type": {"value": "vouch"}}]})
verified = st.lists(st.builds(VerifiedAsk, verification, named), max_size=2).map(tuple)
placements = st.builds(Placement, named, verified, st.booleans())
claims_requests = st.builds(
    ClaimsRequest, placements, placements, st.lists(levels, max_size=2).map(tuple), st.booleans()
)
requests = st.builds(
    AuthorizationRequest,
    client_id=st.just("tax-portal"),
    redirect_uri=st.just("https://tax.example/back"),
    scopes=scopes,
    code_challenge=texts,
    state=st.none() | texts,
    nonce=st.none() | texts,
    prompts=st.frozensets(st.sampled_from(["none", "login", "consent", "select_account"])),
    max_age=st.none() | st.integers(0, 10_000),
    wanted_level=levels,
    essential_level=levels,
    ui_locales=st.lists(st.sampled_from(["zh-CN", "en"]), unique=True).map(tuple),
    response_mode=st.just("query"),
    login_hint=st.none() | texts,
    expected_sub=st.none() | st.sampled_from(["sub-1", "sub-2"]),
    claims=st.just(NO_CLAIMS) | claims_requests,
    channels=st.lists(st.sampled_from(["card", "counter"]), unique=True).map(tuple),
    channels_only=st.booleans(),
)
drafts = st.builds(
    Draft,
    page=texts,
    trouble=st.sampled_from(Trouble),
    values=st.dictionaries(texts, st.text(st.characters(exclude_categories=["Cs"]))),
    citizen_id=texts,
    wrong=texts,
    rule=st.none() | st.sampled_from(Rule),
    reason=st.none() | st.sampled_from(Reason),
    tries_left=st.none() | st.integers(0, 9),
    until=st.just(0.0) | times,
)
journeys = st.builds(
    Journey,
    id=texts,
    browser=texts,
    created_at=times,
    expires_at=times,
    purpose=st.sampled_from(Purpose),
    request=st.none() | requests,
    half_signed_in=st.none() | st.builds(HalfSignedIn, texts, texts, st.lists(texts, max_size=3).map(tuple)),
    enrolment=st.none() | st.builds(Enrolment, texts, st.booleans(), times),
    attempt_id=st.none() | texts,
    declined_level=st.booleans(),
    account_confirmed=st.booleans(),
    consented=st.booleans(),
    wants_level=levels.map(int),
    sets_up=st.booleans(),
    setup=texts,
    acting_for=st.none() | texts,
    proves_standing=st.booleans(),
    draft=st.none() | drafts,
    version=st.integers(1, 99),
)
sessions = st.builds(
    SessionFacts,
    citizen_id=st.just("c"),
    auth_time=times,
    amr=st.just(("pwd",)),
    level=levels.map(int),
    created_at=times,
    handle=st.just("h"),
)
consents = st.builds(Consent, st.just("tax-portal"), scopes.map(frozenset), times)


def client(consent: ConsentPolicy = ConsentPolicy.EXPLICIT) -> Client:
    """A client of any scope."""
    return Client(
        client_id="tax-portal",
        name="税务",
        name_en="Tax",
        auth_method=AuthMethod.NONE,
        redirect_uris=frozenset({"https://tax.example/back"}),
        scopes=frozenset(Scope),
        sector="tax.example",
        consent=consent,
    )
