"""``flask idp events`` and what doctor says about them, on a real database."""

import time

import pytest

from idp.domain.ports import EventState
from tests.cli.test_commands import environment, opened, run
from tests.contract.announcing import event_for

__all__ = ["environment", "opened", "run"]


@pytest.fixture
def events(run, opened):
    run("database", "upgrade")
    return opened().stores.events


@pytest.fixture
def undelivered(events):
    """Two events that were given up, one that waits, one that was taken; ids in this order."""
    made = [event_for(f"client-{n}", time.time() - 9) for n in range(4)]
    events.announce(made)
    held = {due.event.id: due for due in events.take_due(now=time.time(), lease_seconds=600, limit=9)}
    for event in made[:2]:
        events.put_off(held[event.id], until=None)
    events.delivered(held[made[3].id], now=time.time())
    return [event.id for event in made]


def test_what_was_not_taken_is_listed(run, undelivered):
    said = run("events", "list").output
    lines = {line.split()[0]: line for line in said.splitlines() if line[:1] == "0"}
    assert set(lines) == set(undelivered[:3])
    assert "1 tries" in lines[undelivered[0]]
    assert ", again " in lines[undelivered[2]]
    assert "2 undelivered" in said
    assert "1 waiting" in said


def test_one_state_is_listed_when_asked_for(run, undelivered):
    said = run("events", "list", "--state", "delivered").output
    assert undelivered[3] in said
    assert "1 delivered" in said
    assert undelivered[0] not in said
    assert run("events", "list", "--state", "eaten").exit_code == 2


def test_what_was_given_up_is_sent_again(run, undelivered, events):
    assert "1 events" in run("events", "retry", undelivered[0]).output
    assert run("events", "retry", undelivered[0]).exit_code == 1
    assert run("events", "retry", undelivered[3]).exit_code == 1
    assert "1 events" in run("events", "retry").output
    assert events.count(EventState.UNDELIVERED) == 0
    assert {due.event.id for due in events.take_due(now=time.time(), lease_seconds=9, limit=9)} == set(undelivered[:2])


def test_doctor_warns_of_what_could_not_be_told_and_is_well(run, undelivered):
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "warn  events: 2 could not be delivered, 1 waiting" in result.output
    assert "flask idp events retry" in result.output


def test_doctor_misses_a_bearer_token_that_is_referred_to(run, events, monkeypatch, tmp_path):
    path = tmp_path / "clients.yaml"
    path.write_text(
        """clients:
  - client_id: hall
    client_name: 大厅
    client_name_en: Hall
    token_endpoint_auth_method: none
    redirect_uris: [https://hall.example/cb]
    contacts: [a@hall.example]
    security_events: {push_uri: "https://hall.example/events", bearer_token_ref: hall}
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("IDP_CLIENTS", str(path))
    result = run("doctor")
    assert "WRONG events: IDP_PUSH_TOKENS__HALL is not set" in result.output
    assert result.exit_code == 1
    (tmp_path / "token").write_text("s3cret-of-the-hall\n")
    monkeypatch.setenv("IDP_PUSH_TOKENS__HALL_FILE", str(tmp_path / "token"))
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "s3cret" not in result.output + run("settings").output


def test_every_client_that_takes_events_is_listed_with_how_and_what_waits(run, opened, environment, events):
    events.announce([event_for("portal-a", time.time())])
    said = run("events", "streams")
    assert said.exit_code == 0
    declared = [client.client_id for client in opened().clients.all() if client.security_events]
    lines = {line.split()[0]: line.split() for line in said.output.splitlines()}
    assert set(lines) == set(declared)
    for words in lines.values():
        assert words[1] in {"push", "poll"}
        assert words[2] == "enabled"
