"""What operators rely on: a bad clients.yaml changes nothing, and the audit log is whole and holds nobody's data."""

import base64
import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest
import yaml
from flask import Flask

from composition import Composition
from idp import cli
from idp.clients import ClientRegistry
from idp.housekeeping import Housekeeping
from idp.settings import Settings
from idp.stores.redis.wire import Wire
from tests.conftest import KNOWN, personal_data_in
from tests.journeys.conftest import Served
from tests.journeys.portal import Portal
from tests.provider import MASTER

LI = {"name": "李思", "id_number": "370102190204150003"}
SECRET = "hall-secret-of-at-least-32-random-bytes"


class Operated:
    """A provider whose portals come from a file."""

    def __init__(self, house, path: Path) -> None:
        self.house, self.path = house, path
        stores = house.provider.stores
        self.housekeeping = Housekeeping(
            outbox=stores.outbox,
            audit=stores.audit,
            clients=house.provider.registry,
            clock=house.clock,
            randomness=house.provider.app.extensions["yihaotong"].randomness,
            duties=(house.provider.app.extensions["yihaotong"].delivery.tick,),
        )

    def portal(self, client_id: str = "hall") -> Portal:
        return Portal(
            self.house.issuer, client_id, SECRET, f"https://{client_id}.example/cb", method="client_secret_basic",
            alg="RS256",
        )  # fmt: skip

    def outcomes(self) -> list[tuple[str, int]]:
        with sqlite3.connect(self.house.database) as connection:
            rows = connection.execute("SELECT detail FROM audit_events WHERE kind = 'clients_reloaded' ORDER BY number")
            details = [yaml.safe_load(row[0]) for row in rows]
        connection.close()
        return [(d["outcome"], d["count"]) for d in details]


def _declared(client_id: str, **changes) -> dict:
    return {
        "client_id": client_id,
        "client_name": "办事大厅",
        "client_name_en": "Service hall",
        "token_endpoint_auth_method": "client_secret_basic",
        "client_secret_digests": ["sha256:" + hashlib.sha256(SECRET.encode()).hexdigest()],
        "redirect_uris": [f"https://{client_id}.example/cb"],
        "scope": "openid profile",
        "contacts": [f"{client_id}@example.org"],
        "consent": "implied",
        **changes,
    }


@pytest.fixture
def operated(tmp_path: Path, _database_template: Path, fast_wire: Wire):
    path = tmp_path / "clients.yaml"
    path.write_text(yaml.safe_dump({"clients": [_declared("hall")]}, allow_unicode=True), encoding="utf-8")
    registry = ClientRegistry(path, development=True)
    with Served(tmp_path, _database_template, fast_wire, registry=registry) as house:
        yield Operated(house, path)


def test_a_bad_file_is_refused_whole_and_the_old_portals_go_on(operated):
    surfer = operated.house.surfer()
    portal = operated.portal()
    begun = portal.begin()
    portal.finish(operated.house.sign_in(surfer, surfer.get(begun), operated.house.provider.citizen(1)), begun)
    faulty = [
        _declared("hall", redirect_uris=["http://hall.example/cb"]),
        _declared("second", scope="profile"),
        _declared("third", client_secret_digests=["not a digest"]),
    ]
    operated.path.write_text(yaml.safe_dump({"clients": faulty}), encoding="utf-8")
    operated.housekeeping.once()
    begun = portal.begin(prompt="none")
    portal.finish(surfer.get(begun), begun)
    assert operated.outcomes() == [("refused", 1)]
    operated.housekeeping.once()
    assert operated.outcomes() == [("refused", 1)], "a file that did not change is not read again"


@pytest.mark.parametrize("text", ["clients: [", "", "clients: 7", "- x", "\x00"])
def test_rubbish_in_the_file_keeps_the_old_portals(operated, text):
    operated.path.write_text(text, encoding="utf-8")
    operated.housekeeping.once()
    assert operated.house.surfer().get(operated.portal().begin()).step == "sign-in"
    assert operated.outcomes() == [("refused", 1)]


def test_a_good_file_is_taken_at_the_next_round_and_a_removed_portal_is_dead(operated):
    operated.path.write_text(
        yaml.safe_dump({"clients": [_declared("second"), _declared("third")]}, allow_unicode=True), encoding="utf-8"
    )
    operated.housekeeping.once()
    surfer = operated.house.surfer()
    assert surfer.get(operated.portal("second").begin()).step == "sign-in"
    assert surfer.get(operated.portal("hall").begin()).status == 400
    assert operated.outcomes() == [("ok", 2)]


def test_the_story_leaves_a_whole_chain_without_personal_data(house, surfer, tmp_path):
    portal = house.portal(level=1)
    begun = portal.begin(scope=["openid", "profile"])
    page = surfer.get(begun)
    wrong = surfer.submit(page, username="19900000002", password="wrong")
    page = house.register(surfer, wrong, "19900000002", login_name="lisi_1902")
    form = surfer.click(page, "公安")
    form = surfer.submit(form, name="李四", id_number=LI["id_number"])
    house.provider.sandbox.fault("police", "http_500", count=3)
    form = surfer.submit(form, **LI)
    house.provider.sandbox.heal()
    house.clock.advance(60)
    held = portal.finish(surfer.submit(surfer.submit(form, **LI), decision="agree"), begun)
    portal.refresh(held)
    house.clock.advance(house.provider.settings.refresh_grace + 1)
    assert portal.refuses_refresh(held)
    surfer.get(portal.sign_out_url(held))
    house.receiver.take(1)
    house.provider.app.extensions["yihaotong"].notices.close()
    assert house.drained() >= 12
    assert house.provider.stores.audit.verify() >= 12

    with sqlite3.connect(house.database) as connection:
        rows = connection.execute("SELECT * FROM audit_events").fetchall()
        kinds = {row[0] for row in connection.execute("SELECT DISTINCT kind FROM audit_events")}
    connection.close()
    assert {
        "registered", "code_sent", "sign_in_failed", "attempt_ended", "consent_given", "signed_on", "grant_replayed",
        "signed_out", "logout_delivered",
    } <= kinds  # fmt: skip
    written = "\n".join(" ".join(map(str, row)) for row in rows)
    assert not personal_data_in(written)
    assert "lisi" not in written


def test_nothing_personal_stands_in_the_database_file_or_in_redis(house, surfer, standalone):
    page = house.register(surfer, surfer.get("/account"), "19900000002", login_name="lisi_1902")
    form = surfer.click(surfer.press(page, "提升"), "公安")
    surfer.submit(form, name=LI["name"], id_number="370102190202020002")
    assert surfer.submit(surfer.get(form.address), **LI).path == "/account"
    portal = house.portal()
    begun = portal.begin(scope=["openid", "profile"])
    portal.finish(surfer.submit(surfer.get(begun), decision="agree"), begun)
    house.drained()
    copies = [p.read_bytes() for p in house.database.parent.glob(house.database.name + "*")]
    for place in (*copies, standalone.at_rest()):
        for secret in (*KNOWN, "lisi_1902", "19900000002"):
            assert secret.encode() not in place


def test_flask_idp_audit_verify_says_the_chain_is_whole_and_finds_a_changed_row(house, surfer, citizen, tmp_path):
    house.sign_in(surfer, surfer.get("/account"), citizen)
    house.drained()
    good = _audit_verify(house, tmp_path / "copy")
    assert good.exit_code == 0
    assert "whole" in good.output
    connection = sqlite3.connect(house.database)
    connection.execute("UPDATE audit_events SET kind = 'signed_out' WHERE number = 1")
    connection.commit()
    connection.close()
    bad = _audit_verify(house, tmp_path / "copy")
    assert bad.exit_code == 1
    assert "row 1" in bad.output


def _audit_verify(house, directory: Path):
    """The command as an operator runs it, on a copy of the database."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    copy = directory / "provider.db"
    source, target = sqlite3.connect(house.database), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    settings = Settings(
        mode="development",
        database_url=f"sqlite:///{copy}",
        master_key=base64.urlsafe_b64encode(MASTER).decode(),
    )
    app = Flask("idp")
    composition = Composition(settings)
    cli.mount(app, lambda: composition)
    try:
        return app.test_cli_runner().invoke(args=["idp", "audit", "verify"])
    finally:
        composition.engine.dispose()
