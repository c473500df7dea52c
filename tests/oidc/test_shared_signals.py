"""The Shared Signals transmitter: its metadata, a client's stream, verification, and which events go where."""

import json
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet
from werkzeug.test import Client as Http

from idp.domain.claims import MachineScope
from idp.domain.client import PushEndpoint
from tests.provider import ISSUER, Party, Provider, basic

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
LEVEL, REVOKED = f"{CAEP}assurance-level-change", f"{CAEP}session-revoked"
VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"


class Receiver:
    """A client at its stream endpoints, by its secret or by a token."""

    def __init__(self, provider: Provider, party: Party, authorization: str | None = None) -> None:
        self.provider, self.party = provider, party
        self.authorization = authorization or basic(party.client.client_id, party.secret)
        self.http = Http(provider.app.wsgi_app)

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        how: dict[str, Any] = {"headers": {"Authorization": self.authorization}, "query_string": query or None}
        if body is not None:
            how |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.http.open(path, method=method, base_url=ISSUER, **how)

    def stream(self) -> dict[str, Any]:
        (found,) = self.call("GET", "/ssf/stream").json
        return dict(found)

    def read(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        keys = KeySet.import_key_set(self.http.get("/jwks").json)
        found = jwt.decode(token, keys, algorithms=["RS256"], registry=jws.JWSRegistry(algorithms=["RS256"]))
        return dict(found.header), dict(found.claims)


@pytest.fixture
def person(provider: Provider):
    return provider.citizen()


@pytest.fixture
def hall(provider: Provider, person) -> Receiver:
    """A client that clients.yaml declares to be pushed to, and that knows the citizen."""
    return _known(provider, person, PushEndpoint("https://hall.example/events"))


@pytest.fixture
def bare(provider: Provider, person) -> Receiver:
    """A client that may manage a stream and has none."""
    return _known(provider, person, None)


def _known(provider: Provider, person, endpoint: PushEndpoint | None) -> Receiver:
    scopes = frozenset({"openid", *MachineScope})
    party = provider.party("hall", security_events=endpoint, scopes=scopes)
    browser = provider.browser()
    browser.sign_in(person)
    party.code(browser)
    return Receiver(provider, party)


def _announce(provider: Provider):
    return provider.app.extensions["yihaotong"].announcements


def _settled(provider: Provider) -> list[tuple[str, str, str | None]]:
    provider.notified()
    return provider.pushed


# ---- metadata ------------------------------------------------------------------------------------------------------


def test_the_metadata_names_what_is_there(provider):
    http = Http(provider.app.wsgi_app)
    told = http.get("/.well-known/ssf-configuration", base_url=ISSUER)
    assert told.status_code == 200
    assert told.json["issuer"] == ISSUER
    assert told.json["jwks_uri"] == f"{ISSUER}/jwks"
    assert told.json["delivery_methods_supported"] == [PUSH, POLL]
    assert told.json["critical_subject_members"] == []
    assert told.json["default_subjects"] == "ALL"
    for name in ("configuration_endpoint", "status_endpoint", "verification_endpoint"):
        path = told.json[name].removeprefix(ISSUER)
        method = "GET" if name != "verification_endpoint" else "POST"
        answer = http.open(path, method=method, base_url=ISSUER, data="{}", content_type="application/json")
        assert answer.status_code == 401, "mounted, and for clients alone"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


# ---- who -----------------------------------------------------------------------------------------------------------


def test_a_wrong_secret_or_token_opens_nothing(hall):
    for wrong in (basic("hall", "wrong"), "Bearer nothing", "Digest x", basic("nobody", "x" * 43)):
        assert Receiver(hall.provider, hall.party, wrong).call("GET", "/ssf/stream").status_code == 401


def test_a_citizens_token_opens_nothing(hall, person):
    browser = hall.provider.browser()
    browser.sign_in(person)
    token = hall.party.tokens(browser)["access_token"]
    answer = Receiver(hall.provider, hall.party, f"Bearer {token}").call("GET", "/ssf/stream")
    assert (answer.status_code, answer.json["error"]) == (403, "insufficient_scope")


def test_a_token_by_client_credentials_does_what_its_scope_says(bare):
    reads, manages = _token(bare, "ssf.read"), _token(bare, "ssf.manage")
    body = {"delivery": {"method": POLL}}
    assert reads.call("POST", "/ssf/stream", body).status_code == 403
    assert manages.call("POST", "/ssf/stream", body).status_code == 201
    assert reads.stream() == manages.stream()
    assert reads.call("POST", "/ssf/poll", {}).status_code == 200


def _token(receiver: Receiver, scope: str) -> Receiver:
    answer = receiver.party.token(grant_type="client_credentials", scope=scope)
    assert answer.status_code == 200, answer.text
    return Receiver(receiver.provider, receiver.party, f"Bearer {answer.json['access_token']}")


def test_a_client_that_is_not_registered_for_events_has_no_stream(provider):
    receiver = Receiver(provider, provider.party("hall"))
    assert receiver.call("GET", "/ssf/stream").status_code == 403
    assert receiver.call("POST", "/ssf/stream", {"delivery": {"method": POLL}}).status_code == 403


def test_nobody_sees_anothers_stream(hall, provider):
    other = Receiver(provider, provider.party("fund", security_events=PushEndpoint("https://fund.example/e")))
    mine = hall.stream()["stream_id"]
    assert other.stream()["stream_id"] != mine
    assert other.call("GET", "/ssf/stream", stream_id=mine).status_code == 404
    assert other.call("DELETE", "/ssf/stream", stream_id=mine).status_code == 404
    assert hall.stream()["stream_id"] == mine


# ---- the stream ----------------------------------------------------------------------------------------------------


def test_the_declared_stream_is_there_from_the_beginning(hall):
    stream = hall.stream()
    assert stream["delivery"] == {"method": PUSH, "endpoint_url": "https://hall.example/events"}
    assert (stream["iss"], stream["aud"]) == (ISSUER, "hall")
    assert stream["events_delivered"] == stream["events_supported"]
    assert VERIFICATION not in stream["events_supported"]
    assert hall.call("GET", "/ssf/stream", stream_id=stream["stream_id"]).json == stream
    assert hall.call("POST", "/ssf/stream", {"delivery": {"method": POLL}}).status_code == 409


def test_a_stream_is_created_changed_replaced_and_deleted(bare, provider):
    assert bare.call("GET", "/ssf/stream").json == []
    delivery = {"method": PUSH, "endpoint_url": "https://hall.example/in", "authorization_header": "Bearer s3cret"}
    made = bare.call("POST", "/ssf/stream", {"delivery": delivery, "events_requested": [LEVEL, "urn:unknown"]})
    assert made.status_code == 201
    stream_id = made.json["stream_id"]
    assert made.json["events_requested"] == made.json["events_delivered"] == [LEVEL]
    assert "s3cret" not in made.text
    changed = bare.call("PATCH", "/ssf/stream", {"stream_id": stream_id, "events_requested": [REVOKED]}).json
    assert (changed["events_delivered"], changed["delivery"]["endpoint_url"]) == ([REVOKED], "https://hall.example/in")
    whole = bare.call("PUT", "/ssf/stream", {"stream_id": stream_id, "delivery": {"method": POLL}}).json
    assert whole["delivery"] == {"method": POLL, "endpoint_url": f"{ISSUER}/ssf/poll"}
    assert whole["events_delivered"] == whole["events_supported"]
    assert bare.call("PUT", "/ssf/stream", {"stream_id": stream_id}).status_code == 400
    assert bare.call("DELETE", "/ssf/stream", stream_id=stream_id).status_code == 204
    assert bare.call("GET", "/ssf/stream").json == []
    assert _announce(provider).account_disabled(f"{1:032x}") == 0
    assert bare.call("POST", "/ssf/stream", {"delivery": {"method": POLL}}).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        [], "x", None, {}, {"delivery": "x"}, {"delivery": {}}, {"delivery": {"method": "urn:x"}},
        {"delivery": {"method": PUSH}}, {"delivery": {"method": PUSH, "endpoint_url": "http://hall.example/"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://u:p@hall.example/"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://hall.example/#f"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://hall.example:99999/"}},
        {"delivery": {"method": PUSH, "endpoint_url": "http://127.0.0.1:8000/"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://h.example/", "authorization_header": "Basic x"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://h.example/", "authorization_header": "Bearer a\r\nb: c"}},
        {"delivery": {"method": POLL}, "events_requested": "x"},
        {"delivery": {"method": POLL}, "events_requested": ["urn:unknown"]},
        {"delivery": {"method": POLL}, "description": 7},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_nothing_changes(hall, wrong):
    before = hall.stream()
    body = {**wrong, "stream_id": before["stream_id"]} if isinstance(wrong, dict) else wrong
    answer = hall.call("PUT", "/ssf/stream", body if body is not None else [None])
    assert answer.status_code in {400, 404}
    assert hall.stream() == before


def test_a_new_address_never_gets_the_secret_of_the_old_one(hall, provider, person):
    provider.registry.add(provider.party("hall", security_events=PushEndpoint("https://hall.example/events")).client)
    stream_id = hall.stream()["stream_id"]
    secret = {"method": PUSH, "endpoint_url": "https://hall.example/in", "authorization_header": "Bearer s3cret"}
    hall.call("PATCH", "/ssf/stream", {"stream_id": stream_id, "delivery": secret})
    _announce(provider).account_disabled(person.id)
    assert _settled(provider)[-1][::2] == ("https://hall.example/in", "s3cret")
    other = {"method": PUSH, "endpoint_url": "https://elsewhere.example/in"}
    hall.call("PATCH", "/ssf/stream", {"stream_id": stream_id, "delivery": other})
    _announce(provider).account_disabled(person.id)
    assert _settled(provider)[-1][::2] == ("https://elsewhere.example/in", None)


def test_the_secret_is_sealed_at_rest(bare, provider):
    delivery = {"method": PUSH, "endpoint_url": "https://hall.example/in", "authorization_header": "Bearer s3cret"}
    bare.call("POST", "/ssf/stream", {"delivery": delivery})
    with provider.stores.event_streams._engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM event_streams").all()
    assert "s3cret" not in repr(rows)


# ---- status and verification ---------------------------------------------------------------------------------------


def test_a_paused_stream_keeps_and_a_disabled_one_drops(hall, provider, person):
    stream_id = hall.stream()["stream_id"]
    answer = hall.call("POST", "/ssf/status", {"stream_id": stream_id, "status": "paused", "reason": "moving"})
    assert answer.json == {"stream_id": stream_id, "status": "paused", "reason": "moving"}
    assert hall.call("GET", "/ssf/status", stream_id=stream_id).json == answer.json
    assert _announce(provider).sessions_revoked(person.id) == 1
    provider.app.extensions["yihaotong"].delivery.once()
    assert provider.pushed == []
    hall.call("POST", "/ssf/status", {"stream_id": stream_id, "status": "enabled"})
    assert len(_settled(provider)) == 1
    hall.call("POST", "/ssf/status", {"stream_id": stream_id, "status": "disabled"})
    assert _announce(provider).sessions_revoked(person.id) == 0
    assert hall.call("POST", "/ssf/status", {"stream_id": stream_id, "status": "deleted"}).status_code == 400


def test_a_verification_event_says_what_the_client_said(hall, provider):
    stream_id = hall.stream()["stream_id"]
    assert hall.call("POST", "/ssf/verify", {"stream_id": stream_id, "state": "sign of life"}).status_code == 204
    ((address, token, _bearer),) = _settled(provider)
    header, claims = hall.read(token)
    assert (address, header["typ"]) == ("https://hall.example/events", "secevent+jwt")
    assert claims["events"] == {VERIFICATION: {"state": "sign of life"}}
    assert claims["sub_id"] == {"format": "opaque", "id": stream_id}
    assert hall.call("POST", "/ssf/verify", {"stream_id": stream_id}).status_code == 429
    provider.clock.advance(11)
    assert hall.call("POST", "/ssf/verify", {"stream_id": stream_id}).status_code == 204
    assert provider.drain()
