"""``flask idp citizens``: ready sandbox citizens for demonstrations, tests and load; help for who lost a phone."""

import datetime
from pathlib import Path

import click
import yaml
from flask.cli import AppGroup
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from idp.cli.workbench import Workbench, compose
from idp.domain.audit_words import SignInMethod
from idp.domain.claims import ClaimName
from idp.domain.errors import DomainError
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.id_numbers import IdNumber, parse
from idp.domain.ports import NewCitizen
from idp.people.calendar_day import china_day
from idp.people.contact import parse_login_name, parse_mobile, read_sign_in_name

SECRET_BYTES = 32
SEEDED_CHANNEL = "police_population"


class SeedCitizen(BaseModel):
    """One citizen of the file. ``level`` 0 or 1: what the sandbox register would have proved."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    id_number: str
    mobile: str
    password: str
    login_name: str | None = None
    level: int = Field(0, ge=0, le=1)
    totp_secret: str | None = Field(None, pattern=r"^[A-Z2-7]{32,64}$", description="base32 of an authenticator app")


_FILE = TypeAdapter(list[SeedCitizen])


citizens = AppGroup("citizens", help="Citizens.")


@citizens.command("seed", help="Open the accounts of a YAML file; those that exist are left as they are.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def seed(file: Path) -> None:
    """Development only: nobody proved anything."""
    bench = compose()
    if not bench.settings.development:
        raise click.ClickException("seeding needs IDP_MODE=development: these people proved nothing")
    try:
        people = _FILE.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        faults = [f"[{'.'.join(map(str, e['loc']))}] {e['msg']}" for e in error.errors(include_input=False)]
        raise click.ClickException("\n".join([f"{file}:", *faults])) from None
    bench.upgrade()
    opened = sum(_open(bench, person) for person in people)
    click.echo(f"{opened} accounts opened, {len(people) - opened} were there")


@citizens.command("unenrol", help="Remove the second factors of somebody who has lost them: app and face.")
def unenrol() -> None:
    """For whom an officer has seen with the ID card. The name is asked for: arguments stand in lists of processes."""
    bench = compose()
    typed = str(click.prompt("Login name, mobile number or ID number", hide_input=True))
    name = read_sign_in_name(typed, china_day(bench.clock.now()))
    stores = bench.stores.citizens
    finders = {
        SignInMethod.LOGIN_NAME: stores.by_login_name,
        SignInMethod.MOBILE: stores.by_mobile,
        SignInMethod.ID_NUMBER: stores.by_id_number,
    }
    citizen = finders[name.method](name.value)
    if citizen is None:
        raise click.ClickException("no such account")
    click.confirm("Has an officer seen this person, and compared the ID card?", abort=True)
    services = bench.app.extensions["yihaotong"]
    kept = citizen.merged_into or citizen.id
    app = services.second_factors.remove_lost(kept)
    face = services.face_factor.remove_lost(kept)
    if app is None and not face:
        raise click.ClickException("this account has no second factor")
    ended = app if app is not None else services.second_factors.end_others(kept, None)
    for each in ended:
        services.notices.send(each)
    click.echo(f"removed; {len(ended)} sessions ended")


def _open(bench: Workbench, person: SeedCitizen) -> bool:
    stores, now = bench.stores, bench.clock.now()
    mobile = parse_mobile(person.mobile)
    if stores.citizens.by_mobile(mobile) is not None:
        return False
    number = parse(person.id_number, today=datetime.datetime.fromtimestamp(now, datetime.UTC).date())
    new = NewCitizen(
        id=bench.randomness.hex(16),
        created_at=now,
        locale=bench.settings.default_locale,
        mobile=mobile,
        login_name=parse_login_name(person.login_name) if person.login_name else None,
        password_hash=bench.vault.passwords.hash(person.password),
        subject_secret=bench.randomness.octets(SECRET_BYTES),
    )
    try:
        stores.citizens.open(new)
    except DomainError as error:
        raise click.ClickException(f"an account could not be opened: {type(error).__name__}") from None
    if person.level:
        stores.citizens.record_proof(_evidence(bench, new.id, person, number), name=person.name, id_number=number.value)
    if person.totp_secret:
        stores.credentials.set_totp_secret(new.id, person.totp_secret, now=now)
    return True


def _evidence(bench: Workbench, citizen_id: str, person: SeedCitizen, number: IdNumber) -> Evidence:
    return Evidence(
        id=bench.randomness.hex(16),
        citizen_id=citizen_id,
        channel=SEEDED_CHANNEL,
        source="police",
        check_methods=(CheckMethod.DATA,),
        strength=Strength.KNOWLEDGE,
        txn=bench.randomness.hex(16),
        verified_at=bench.clock.now(),
        claims={ClaimName.NAME: person.name, ClaimName.ID_NUMBER: number.value},
    )
