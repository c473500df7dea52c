"""What somebody learns who steals the database, and what somebody can do who may write to it."""

import secrets
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text, update

from idp.domain.claims import ClaimName
from idp.domain.errors import MasterKeyWrong
from idp.domain.evidence import CheckMethod
from idp.domain.organisations import Role, Standing
from idp.stores.sql.citizens import SqlCitizens
from idp.stores.sql.credentials import SqlCredentials
from idp.stores.sql.engine import open_engine
from idp.stores.sql.faces import SqlFaces
from idp.stores.sql.key_store import SqlKeyStore
from idp.stores.sql.migrate import upgrade
from idp.stores.sql.standings import SqlStandings
from idp.stores.sql.tables import citizens as table
from idp.stores.sql.tables import credentials, face_templates, metadata
from idp.vault.field_cipher import KeyringCipher
from idp.vault.keyring import Keyring
from idp.vault.master_key import LocalMasterKey
from idp.vault.suites import Suite
from tests.contract.lasting import LI, evidence_for, new_citizen
from tests.doubles import SeededRandomness, SteppingClock
from tests.stores.sql.conftest import MASTER

MOBILE = "+8613912345678"
NAME = "欧阳娜依"
LOGIN_NAME = "ouyang.nayi"
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA"
ORGANISATION, CREDIT_CODE = "山东测试科技有限公司", "91370100MA0TEXT00H"
TXN = "2025010112345678901234"
FACE = b"128 numbers that a face is recognised by"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SECRET = b"subject-secret-of-thirty-two-byte"
PERSONAL = [
    MOBILE[3:], NAME, LOGIN_NAME, PASSWORD_HASH, TXN, TOTP, LI, "19491231", SECRET.decode(), "M\u00fcller", FACE.decode(),
    ORGANISATION, CREDIT_CODE,
]  # fmt: skip


def keyring(engine: Engine, *, suite: Suite = Suite.INTERNATIONAL, master: bytes = MASTER, seed: int = 5) -> Keyring:
    randomness = SeededRandomness(seed)
    return Keyring(
        LocalMasterKey(master, randomness, suite=suite), SqlKeyStore(engine), SteppingClock(), randomness, suite=suite
    )


def fill(engine: Engine, cipher: KeyringCipher) -> str:
    """Somebody who has everything; the face is sealed by the same cipher, for what this module asks."""
    new = new_citizen(mobile=MOBILE, login_name=LOGIN_NAME, password_hash=PASSWORD_HASH, subject_secret=SECRET)
    citizens = SqlCitizens(engine, cipher)
    citizens.open(new)
    claims = {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: LI, ClaimName.BIRTHDATE: "1949-12-31"}
    citizens.record_proof(evidence_for(new.id, txn=TXN, claims=claims), name="M\u00fcller", id_number=LI)
    SqlCredentials(engine, cipher).set_totp_secret(new.id, TOTP, now=1.0)
    standing = Standing(
        "s-1", new.id, ORGANISATION, CREDIT_CODE, Role.LEGAL_REPRESENTATIVE, "business_registry",
        (CheckMethod.DATA,), TXN, 1.0, 2.0,
    )  # fmt: skip
    assert SqlStandings(engine, cipher).keep(standing)
    faces = SqlFaces(engine, cipher, cipher)
    faces.give_consent(new.id, "1", now=1.0)
    faces.enrol(new.id, "f-1", FACE, now=1.0)
    return new.id


@pytest.mark.parametrize("suite", Suite)
def test_the_sqlite_files_hold_nothing_personal(sqlite_url: str, tmp_path: Path, suite: Suite):
    engine = open_engine(sqlite_url)
    upgrade(engine)
    ring = keyring(engine, suite=suite)
    citizen = fill(engine, KeyringCipher(ring))
    contents = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    engine.dispose()
    contents += b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert citizen.encode() in contents, "the scan must be able to find what is there"
    for value in PERSONAL:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert value.encode(encoding) not in contents
    assert MASTER not in contents
    for key in ring.published("field"):
        assert key.material not in contents


def test_no_row_of_any_table_holds_anything_personal(engine: Engine, cipher: KeyringCipher):
    citizen = fill(engine, cipher)
    with engine.connect() as connection:
        rows = [repr(row) for name in metadata.tables for row in connection.execute(text(f"SELECT * FROM {name}"))]
    everything = "\n".join(rows)
    assert citizen in everything
    for value in PERSONAL:
        assert value not in everything
        assert repr(value.encode())[2:-1] not in everything


def test_the_sqlite_file_is_its_owners_alone(sqlite_url: str, tmp_path: Path):
    engine = open_engine(sqlite_url)
    upgrade(engine)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    engine.dispose()
    assert modes == {0o600}


def test_a_sealed_value_does_not_open_in_another_row(engine: Engine, cipher: KeyringCipher):
    citizens = SqlCitizens(engine, cipher)
    victim = fill(engine, cipher)
    citizens.open(attacker := new_citizen())
    with engine.begin() as connection:
        stolen = connection.execute(select(table.c.mobile).where(table.c.id == victim)).scalar_one()
        connection.execute(update(table).where(table.c.id == attacker.id).values(mobile=stolen))
    with pytest.raises(MasterKeyWrong):
        citizens.by_id(attacker.id)


def test_a_sealed_value_does_not_open_in_another_column(engine: Engine, cipher: KeyringCipher):
    citizen = fill(engine, cipher)
    with engine.begin() as connection:
        connection.execute(update(table).values(login_name=table.c.id_number))
    with pytest.raises(MasterKeyWrong):
        SqlCitizens(engine, cipher).by_id(citizen)


def test_a_face_is_nobodys_without_the_key_of_the_credentials(engine: Engine, cipher: KeyringCipher):
    citizen = fill(engine, cipher)
    with engine.connect() as connection:
        rows = repr(connection.execute(select(face_templates)).all())
        reference = connection.execute(select(credentials.c.face_ref)).scalar_one()
    assert citizen not in rows
    assert b"f-1" not in reference


def test_a_face_does_not_open_under_the_key_of_other_fields(
    engine: Engine, cipher: KeyringCipher, faces: SqlFaces, citizens: SqlCitizens
):
    citizens.open(new := new_citizen())
    faces.give_consent(new.id, "1", now=1.0)
    faces.enrol(new.id, "f-2", FACE, now=1.0)
    assert faces.template(new.id) == FACE
    with pytest.raises(MasterKeyWrong):
        SqlFaces(engine, cipher, cipher).template(new.id)


def test_a_face_moved_to_another_row_does_not_open(engine: Engine, cipher: KeyringCipher, faces: SqlFaces):
    """Whoever may write to the database does not become somebody else by their own face."""
    citizens, owner = SqlCitizens(engine, cipher), new_citizen()
    attacker = new_citizen()
    for each, face_id, face in ((owner, "f-3", FACE), (attacker, "f-4", b"the attacker's")):
        citizens.open(each)
        faces.give_consent(each.id, "1", now=1.0)
        faces.enrol(each.id, face_id, face, now=1.0)
    with engine.begin() as connection:
        theirs = select(face_templates.c.template).where(face_templates.c.id == "f-4").scalar_subquery()
        connection.execute(update(face_templates).where(face_templates.c.id == "f-3").values(template=theirs))
    with pytest.raises(MasterKeyWrong):
        faces.template(owner.id)
    with engine.begin() as connection:
        reference = select(credentials.c.face_ref).where(credentials.c.citizen_id == attacker.id).scalar_subquery()
        connection.execute(update(credentials).where(credentials.c.citizen_id == owner.id).values(face_ref=reference))
    with pytest.raises(MasterKeyWrong):
        faces.template(owner.id)


def test_a_wrong_master_key_opens_nothing(engine: Engine, cipher: KeyringCipher):
    citizen = fill(engine, cipher)
    wrong = KeyringCipher(keyring(engine, master=secrets.token_bytes(32)))
    with pytest.raises(MasterKeyWrong):
        SqlCitizens(engine, wrong).by_id(citizen)


def test_everything_opens_after_rotation_and_after_a_change_of_suite(engine: Engine, cipher: KeyringCipher):
    citizen = fill(engine, cipher)
    ring = keyring(engine, suite=Suite.SHANGMI)
    ring.rotate("field")
    citizens = SqlCitizens(engine, KeyringCipher(ring))
    by_every_name = [
        citizens.by_id(citizen), citizens.by_mobile(MOBILE), citizens.by_login_name(LOGIN_NAME), citizens.by_id_number(LI)
    ]  # fmt: skip
    assert {found and found.id for found in by_every_name} == {citizen}
    assert citizens.evidence_of(citizen)[0].txn == TXN


def test_workers_that_start_at_once_share_their_first_keys(engine: Engine):
    from tests.contract.lasting import race

    ciphers = [KeyringCipher(keyring(engine, seed=seed)) for seed in range(16)]
    sealed = race(16, lambda i: ciphers[i].seal(b"plain", "here") + ciphers[i].fingerprint("mobile", MOBILE))
    assert all(isinstance(s, bytes) for s in sealed), sealed
    assert len({s[-32:] for s in sealed}) == 1
    assert {ciphers[0].open(s[:-32], "here") for s in sealed} == {b"plain"}
    assert [key.purpose for key in SqlKeyStore(engine).all()].count("field") == 1
