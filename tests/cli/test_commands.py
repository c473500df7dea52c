"""``flask idp …`` as an operator types it, on real stores."""

import base64
import sqlite3
import time

import pytest

import wsgi
from adapters.sandbox.credentials import channel_settings
from composition import DEVELOPMENT_MASTER_KEY, Composition
from idp.domain.circuits import Operation
from idp.domain.ports import SessionFacts
from tests.capture_judge import ScriptedJudge
from tests.valkey import Deployment

CITIZENS = """
- name: 张三
  id_number: "370102010307001"
  mobile: "199 0000 0001"
  login_name: zhangsan
  password: taishan sunrise 1901
  level: 1
- name: 李思
  id_number: "370102190204150003"
  mobile: "19900000002"
  password: qilu lake 1902 walk
  totp_secret: KVKFKRCPNZQUYMLXOVYDSQKJKZDTSRLD
"""
THREE_FAULTS = """clients:
  - client_id: one
    client_name: 一
    client_name_en: One
    token_endpoint_auth_method: none
    client_secret_digests: ["sha256:00"]
    redirect_uris: [https://one.example/cb]
    contacts: [a@one.example]
  - client_id: two
    client_name: 二
    client_name_en: Two
    token_endpoint_auth_method: none
    redirect_uris: ["https://*.two.example/cb"]
    contacts: [a@two.example]
  - client_id: three
    client_name: 三
    client_name_en: Three
    token_endpoint_auth_method: none
    redirect_uris: [https://three.example/cb]
    scope: openid everything
    contacts: [a@three.example]
"""


@pytest.fixture
def environment(tmp_path, monkeypatch, standalone: Deployment):
    """A development set-up with everything in its place."""
    values = {
        "IDP_MODE": "development",
        "IDP_DATABASE_URL": f"sqlite:///{tmp_path / 'idp.db'}",
        "IDP_REDIS_URL": standalone.url,
        "IDP_CLIENTS": "clients.yaml",
    }
    channels = channel_settings("https://sandbox.test")
    values |= {f"IDP_SMS__{k.upper()}": v for k, v in channels.pop("sms").items()}
    for name, each in channels.items():
        values |= {f"IDP_CHANNELS__{name.upper()}__{k.upper()}": v for k, v in each.items()}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture
def run(environment):
    app = wsgi.make_app()
    runner = app.test_cli_runner()
    return lambda *arguments, typed=None: runner.invoke(args=["idp", *map(str, arguments)], input=typed)


@pytest.fixture
def opened(environment):
    """Makes compositions that are closed when the test ends."""
    made: list[Composition] = []

    def compose() -> Composition:
        made.append(Composition())
        return made[-1]

    yield compose
    for each in made:
        each.close()


@pytest.fixture
def citizens(tmp_path):
    path = tmp_path / "citizens.yaml"
    path.write_text(CITIZENS, encoding="utf-8")
    return path


def test_settings_are_listed_without_their_secrets(run, monkeypatch):
    monkeypatch.setenv("IDP_MASTER_KEY", "a-secret-that-must-not-be-printed")
    result = run("settings")
    assert result.exit_code == 0
    for name in ("IDP_ISSUER", "IDP_CLIENTS", "IDP_DATABASE_URL", "IDP_REDIS_URL", "IDP_MODE"):
        assert name in result.output
    assert "must-not-be-printed" not in result.output


def test_the_settings_of_the_demonstration_are_listed_as_they_are(run):
    from examples.demo.settings import read
    from idp.cli.settings import DEMONSTRATION

    assert set(read({}).ports) | {"DEMO_VAR"} == set(DEMONSTRATION)
    for name, port in read({}).ports.items():
        assert f"[{port}]" in DEMONSTRATION[name]
        assert name in run("settings").output


def test_a_setting_that_does_not_exist_is_named(run, monkeypatch):
    monkeypatch.setenv("IDP_ISUER", "https://id.example")
    result = run("settings")
    assert result.exit_code == 1
    assert "IDP_ISUER" in result.output


def test_a_setting_may_be_named_by_a_file(run, monkeypatch, tmp_path):
    (tmp_path / "issuer").write_text("https://from-a-file.example\n")
    monkeypatch.setenv("IDP_ISSUER_FILE", str(tmp_path / "issuer"))
    assert Composition().settings.issuer == "https://from-a-file.example"


def test_seeding_opens_accounts_once(run, citizens, opened):
    assert "2 accounts opened, 0 were there" in run("citizens", "seed", citizens).output
    assert "0 accounts opened, 2 were there" in run("citizens", "seed", citizens).output
    stores = opened().stores
    found = stores.citizens.by_id_number("370102190103070012")
    assert found is not None
    assert found.login_name == "zhangsan"
    other = stores.citizens.by_mobile("+8619900000002")
    assert other is not None
    assert stores.credentials.totp_secret(other.id)


def test_a_lost_authenticator_is_removed_and_its_sessions_end(run, citizens, opened):
    run("citizens", "seed", citizens)
    stores = opened().stores
    person = stores.citizens.by_mobile("+8619900000002")
    now = time.time()
    token = stores.sessions.open(SessionFacts(person.id, now, ("pwd", "otp", "mfa"), 1, now, "h"), now=now)
    refused = run("citizens", "unenrol", typed="19900000002\nn\n")
    assert refused.exit_code == 1
    assert stores.credentials.totp_secret(person.id)
    done = run("citizens", "unenrol", typed="19900000002\ny\n")
    assert "removed; 1 sessions ended" in done.output, done.output
    assert "19900000002" not in done.output
    assert stores.credentials.totp_secret(person.id) is None
    assert stores.sessions.read(token, now=now) is None
    for typed in ("19900000002\ny\n", "19900000099\ny\n"):
        assert run("citizens", "unenrol", typed=typed).exit_code == 1


def test_a_face_that_is_recognised_no_more_is_removed_too(run, citizens, opened):
    run("citizens", "seed", citizens)
    stores, now = opened().stores, time.time()
    person = stores.citizens.by_mobile("+8619900000002")
    stores.credentials.set_totp_secret(person.id, None, now=now)
    stores.faces.give_consent(person.id, "1", now=now)
    stores.faces.enrol(person.id, "f-1", b"a face", now=now)
    stores.sessions.open(SessionFacts(person.id, now, ("pwd", "face", "mfa"), 1, now, "h"), now=now)
    done = run("citizens", "unenrol", typed="19900000002\ny\n")
    assert "removed; 1 sessions ended" in done.output, done.output
    assert stores.faces.template(person.id) is None
    assert stores.credentials.has_face(person.id) is False


def test_seeding_is_refused_in_production(run, citizens, monkeypatch):
    monkeypatch.setenv("IDP_MODE", "production")
    result = run("citizens", "seed", citizens)
    assert result.exit_code == 1
    assert "development" in result.output


def test_a_faulty_seed_file_names_its_faults(run, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("- name: 张三\n  level: 9\n", encoding="utf-8")
    result = run("citizens", "seed", path)
    assert result.exit_code == 1
    assert "level" in result.output
    assert "password" in result.output


def test_doctor_finds_nothing_wrong_with_a_whole_set_up(run):
    run("database", "upgrade")
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "all is well" in result.output


def test_doctor_reminds_of_header_names_with_underscores_where_a_proxy_is_trusted(run, monkeypatch):
    run("database", "upgrade")
    assert "ok    proxy: none is trusted" in run("doctor").output
    monkeypatch.setenv("IDP_TRUSTED_PROXIES", "1")
    assert "ok    proxy: 1 trusted; see that the first drops header names with underscores" in run("doctor").output


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("IDP_REDIS_URL", "unix:///nowhere/valkey.sock", "WRONG redis"),
        ("IDP_CLIENTS", "/nowhere/clients.yaml", "WRONG clients"),
        ("IDP_MASTER_KEY", "c2hvcnQ", "WRONG master key"),
        ("IDP_SMS__BASE_URL", "http://sms.example", "WRONG sms"),
        ("IDP_CHANNELS__POLICE_POPULATION__BASE_URL", "ftp://police.example", "WRONG channels"),
        ("IDP_CHANNELS__NO_SUCH_CHANNEL__BASE_URL", "https://x.example", "WRONG channels"),
    ],
)
def test_doctor_names_what_is_wrong_and_what_to_do(run, monkeypatch, name, value, seen):
    run("database", "upgrade")
    monkeypatch.setenv(name, value)
    result = run("doctor")
    assert result.exit_code == 1
    assert seen in result.output
    assert "->" in result.output
    assert "Traceback" not in result.output


@pytest.fixture
def states(opened):
    """The channels' state as workers keep it."""
    composition = opened()
    return composition.breakers, composition.clock.now()


def fail(breakers, now: float) -> None:
    operation = Operation("police_population", "sandbox.test", "2109")
    for _ in range(5):
        breakers.leave(operation, breakers.enter(operation, now=now), failed=True, now=now)


def test_channels_are_listed_with_their_state(run, states, monkeypatch):
    monkeypatch.setenv("IDP_CHANNELS__UNIONPAY_CARD__DAILY_QUOTA", "10")
    breakers, now = states
    fail(breakers, now)
    breakers.pause("zhima_face", until=now + 600, now=now)
    breakers.enter(Operation("unionpay_card", "sandbox.test", "realAuth"), now=now, daily_quota=10)
    result = run("channels")
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: line for line in result.output.splitlines()}
    assert "fails since 20" in lines["police_population"]
    assert "(sandbox.test 2109); asked again 20" in lines["police_population"]
    assert "away until 20" in lines["zhima_face"]
    assert lines["unionpay_card"].endswith("ok; 1 of 10 calls today")
    assert lines["sms"].endswith("ok")


def test_a_channel_whose_breaker_may_be_probed_says_so(run, states):
    breakers, now = states
    fail(breakers, now - 3600)
    assert "asked again with the next citizen" in run("channels").output


@pytest.mark.parametrize("used", [7, 8])
def test_doctor_tells_of_four_fifths_of_a_quota(run, states, monkeypatch, used):
    monkeypatch.setenv("IDP_CHANNELS__UNIONPAY_CARD__DAILY_QUOTA", "10")
    breakers, now = states
    for _ in range(used):
        breakers.enter(Operation("unionpay_card", "sandbox.test", "realAuth"), now=now, daily_quota=10)
    output = run("doctor").output
    assert ("WRONG upstreams: unionpay_card: ok; 8 of 10 calls today" in output) is (used == 8)
    assert ("ok    upstreams" in output) is (used == 7)


def test_doctor_tells_of_a_channel_that_fails(run, states):
    fail(*states)
    output = run("doctor").output
    assert "WRONG upstreams: police_population: fails since" in output
    assert "flask idp channels" in output


@pytest.fixture
def camera(environment, monkeypatch):
    """The way to say who judges for the channel whose page is a camera of ours."""
    return lambda judge: monkeypatch.setattr(Composition, "judge", judge)


NOBODY = "IDP_CHANNELS__LOCAL_FACE: no liveness judge is installed"
UNCERTIFIED = "IDP_CHANNELS__LOCAL_FACE: its judge has no model for presentation attacks"


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        (None, f"warn  liveness: {NOBODY}: not offered"),
        (ScriptedJudge(certified=False), f"warn  liveness: {UNCERTIFIED}: level 3 in development only"),
        (ScriptedJudge(), "ok    liveness: a judge with a model for presentation attacks"),
    ],
    ids=["nobody", "uncertified", "certified"],
)
def test_doctor_says_who_judges_what_our_cameras_see(run, camera, judge, said):
    camera(judge)
    run("database", "upgrade")
    result = run("doctor")
    assert said in result.output
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(("judge", "said"), [(None, NOBODY), (ScriptedJudge(certified=False), UNCERTIFIED)])
def test_doctor_refuses_production_without_a_judge_that_tells_a_photograph(run, camera, monkeypatch, judge, said):
    camera(judge)
    run("database", "upgrade")
    monkeypatch.setenv("IDP_MODE", "production")
    monkeypatch.setenv("IDP_MASTER_KEY", base64.urlsafe_b64encode(DEVELOPMENT_MASTER_KEY).decode())
    result = run("doctor")
    assert f"WRONG liveness: {said}" in result.output


def test_doctor_asks_for_no_judge_where_no_camera_is_ours(run, environment, monkeypatch):
    for name in environment:
        if name.startswith("IDP_CHANNELS__LOCAL_FACE__"):
            monkeypatch.delenv(name)
    assert "ok    liveness: no channel looks at a face itself" in run("doctor").output


def test_doctor_refuses_a_server_that_forgets_when_its_memory_is_full(run, standalone: Deployment):
    [server] = standalone.nodes
    server.config_set("maxmemory-policy", "allkeys-lru")
    try:
        output = run("doctor").output
    finally:
        server.config_set("maxmemory-policy", "noeviction")
    assert "WRONG redis memory: maxmemory-policy is allkeys-lru" in output
    assert "noeviction" in output


@pytest.mark.parametrize("quota", ["0", "-1", "many", "1.5", ""])
def test_a_daily_quota_is_a_whole_number_above_zero(run, monkeypatch, quota):
    monkeypatch.setenv("IDP_CHANNELS__UNIONPAY_CARD__DAILY_QUOTA", quota)
    result = run("settings")
    assert result.exit_code == 1
    assert "unionpay_card: daily_quota must be a whole number above 0" in result.output


def test_a_daily_quota_is_the_channels_and_none_of_its_own_settings(run, monkeypatch, opened):
    monkeypatch.setenv("IDP_CHANNELS__UNIONPAY_CARD__DAILY_QUOTA", "10")
    composition = opened()
    assert composition.settings.daily_quotas == {"unionpay_card": 10}
    assert "unionpay_card" in composition.channels


def test_doctor_says_that_the_schema_is_old(run):
    result = run("doctor")
    assert "WRONG database" in result.output
    assert "flask idp database upgrade" in result.output


def test_doctor_refuses_production_with_development_material(run, monkeypatch):
    monkeypatch.setenv("IDP_MODE", "production")
    result = run("doctor")
    assert result.exit_code == 1
    for name in ("IDP_ISSUER", "IDP_MASTER_KEY", "IDP_DATABASE_URL"):
        assert name in result.output


def test_the_provider_does_not_start_in_production_with_development_material(environment, monkeypatch):
    monkeypatch.setenv("IDP_MODE", "production")
    with pytest.raises(ValueError, match="IDP_"):
        _ = Composition().app


def test_three_faults_in_clients_yaml_are_three_lines_with_paths_and_lines(run, tmp_path):
    path = tmp_path / "clients.yaml"
    path.write_text(THREE_FAULTS, encoding="utf-8")
    result = run("clients", "check", path)
    assert result.exit_code == 1
    assert "3 faults" in result.output
    assert "clients[0].client_secret_digests (line 6)" in result.output
    assert "clients[1].redirect_uris[0] (line 13)" in result.output
    assert "clients[2] (line 15): scope: unknown everything" in result.output


def test_the_shipped_clients_are_listed_and_without_fault(run):
    assert run("clients", "check").exit_code == 0
    assert "demo-service-hall" in run("clients", "list").output


def test_the_schema_is_printed(run):
    assert '"redirect_uris"' in run("clients", "schema").output


def test_a_changed_audit_row_is_found(run, citizens, environment, opened):
    from idp.domain.audit import Registered
    from idp.domain.audit_words import OpaqueId

    run("citizens", "seed", citizens)
    stores = opened().stores
    for number in range(3):
        stores.outbox.append(Registered(id=OpaqueId(f"{number:032x}"), at=1_735_689_600.0 + number))
    assert "3 events moved" in run("audit", "drain").output
    assert "3 rows, the chain is whole" in run("audit", "verify").output
    database = sqlite3.connect(environment["IDP_DATABASE_URL"].removeprefix("sqlite:///"))
    table = next(
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'audit%' AND type = 'table' ORDER BY name DESC"
        )
        if name != "audit_head"
    )
    database.execute(f"UPDATE {table} SET kind = 'signed_out' WHERE number = 2")
    database.commit()
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert "row 2" in result.output
