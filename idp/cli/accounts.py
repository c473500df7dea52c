"""``flask idp citizens explain | correct | disable | enable | purge | compromised``: operators and one account."""

import re
from collections.abc import Iterable, Mapping

import click
from flask import Flask
from flask_babel import force_locale

from idp.cli.citizens import citizens
from idp.cli.workbench import Workbench, compose
from idp.domain import id_numbers
from idp.domain.errors import DomainError, InvalidInput, PersonMismatch, StoreUnavailable
from idp.domain.persons import parse_name
from idp.domain.ports import EndedSession
from idp.domain.security_event import CredentialType
from idp.people.calendar_day import china_day
from idp.people.purging import NotPurged
from idp.web.context import services
from idp.web.pages.explanation import explain
from idp.web.pages.languages import LANGUAGES, closest

__all__ = ["citizens"]

_OFFICER = re.compile(r"[A-Za-z0-9._-]{1,32}")
_HALF_WAY = (
    "a store does not answer. Once it does: where `explain` has a new check by counter_verify, the person is corrected,"
    " and `disable` followed by `enable` ends what sessions are left; else nothing was changed"
)
_NOT_PURGED: Mapping[NotPurged, str] = {
    NotPurged.UNKNOWN: "no account has this id",
    NotPurged.OPEN: "the account is not closed: `disable` it first, or say --disable-first; nothing was deleted",
    NotPurged.JOINED: "it was joined to another account of the same person: `explain` names it, purge that one",
}
_NUMBER_OF_A_PERSON = re.compile(r"\d{11,}[Xx]?")


def _officer(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """An officer's id at the desk system. It stands in the audit log for ever: never an ID number."""
    if _OFFICER.fullmatch(value) is None or _NUMBER_OF_A_PERSON.fullmatch(value):
        raise click.BadParameter("the officer's id at the desk system, never a mobile or ID number")
    return value


@citizens.command("explain", help="Say why an account has its level: requirement by requirement, nothing personal.")
@click.argument("citizen_id")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def explain_(citizen_id: str, lang: str) -> None:
    """The account page's explanation, with ids and times."""
    bench = compose()
    with _provider(bench).app_context(), force_locale(str(LANGUAGES[closest(lang) or "en"])):
        standing = services().operators.standing(citizen_id)
        if standing is None:
            raise click.ClickException("no account has this id")
        for line in explain(standing, bench.clock.now()):
            click.echo(line)


@citizens.command(
    "correct",
    help="Put a proved name or number right; every sub stays. Asks for the former number, the name and the number, or"
    " reads them from standard input, a line each: arguments would stand in the shell's history and the process list.",
)
@click.argument("citizen_id")
@click.option("--officer", required=True, callback=_officer, help="Who examined the document, by id at the desk.")
@click.option("--second-officer", required=True, callback=_officer, help="Who examined it too: somebody else.")
def correct(citizen_id: str, officer: str, second_officer: str) -> None:
    """Two officers have examined the document and the certificate of the change."""
    if officer.casefold() == second_officer.casefold():
        raise click.UsageError("two different officers have to examine the document")
    bench = compose()
    with _provider(bench).app_context():
        today = china_day(bench.clock.now())
        try:
            former = id_numbers.parse(_asked("Former ID number"), today=today)
            name = parse_name(_asked("Name from now on"))
            number = id_numbers.parse(_asked("ID number from now on"), today=today)
        except InvalidInput as error:
            raise click.ClickException(f"{error.field}: {error.rule}; nothing was changed") from None
        operators = services().operators
        try:
            done = operators.correct(citizen_id, former.value, (officer, second_officer), name, number)
        except PersonMismatch:
            raise click.ClickException("this account does not hold the former number; nothing was changed") from None
        except StoreUnavailable:
            raise click.ClickException(_HALF_WAY) from None
        if done.held_by is not None:
            raise click.ClickException(f"account {done.held_by} holds the new number; nothing was changed")
        click.echo(f"corrected; level {int(done.level)}; {_told(done.ended)}")


@citizens.command("disable", help="Close an account: sessions and grants end, nobody signs in, portals are told.")
@click.argument("citizen_id")
def disable(citizen_id: str) -> None:
    """Its names, number, links and consents stay as they are."""
    with _provider(compose()).app_context():
        ended = services().operators.disable(citizen_id)
        if ended is None:
            raise click.ClickException("no account has this id")
        click.echo(f"closed; {_told(ended)}")


@citizens.command("enable", help="Open a closed account again.")
@click.argument("citizen_id")
def enable(citizen_id: str) -> None:
    """With the ways to sign in that it had."""
    with _provider(compose()).app_context():
        if not services().operators.enable(citizen_id):
            raise click.ClickException("no account has this id, or it is not closed")
        click.echo("open again")


@citizens.command(
    "purge",
    help="Delete everything kept about the person of a closed account, and of accounts joined to it; portals are told."
    " It cannot be taken back. Asks for the id once more.",
)
@click.argument("citizen_id")
@click.option("--disable-first", is_flag=True, help="Close the account, if it is open.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(citizen_id: str, *, disable_first: bool, yes: bool) -> None:
    """Its entries in the audit log stay, and name nobody."""
    if not yes and _asked("This cannot be taken back. The id once more") != citizen_id:
        raise click.ClickException("that is another id; nothing was deleted")
    with _provider(compose()).app_context():
        try:
            done = services().operators.purge(citizen_id, disable_first=disable_first)
        except StoreUnavailable:
            raise click.ClickException("a store does not answer. Run it again: what is deleted stays so") from None
        if isinstance(done, NotPurged):
            raise click.ClickException(_NOT_PURGED[done])
        click.echo(
            f"deleted: {', '.join(done.accounts)}; {done.sessions} sessions ended, {done.notices} notices and"
            f" {done.told} events to portals"
        )


@citizens.command("compromised", help="A credential came into wrong hands: sessions and grants end, portals are told.")
@click.argument("citizen_id")
@click.option("--credential", required=True, type=click.Choice([each.value for each in CredentialType]))
def compromised(citizen_id: str, credential: str) -> None:
    """A factor is taken away by `unenrol`; an account whose password is known to others is closed by `disable`."""
    with _provider(compose()).app_context():
        ended = services().operators.compromised(citizen_id, CredentialType(credential))
        if ended is None:
            raise click.ClickException("no account has this id")
        click.echo(_told(ended))


def _provider(bench: Workbench) -> Flask:
    """The provider as workers run it: what it keeps to be told, any of them may deliver."""
    try:
        return bench.app
    except (DomainError, ValueError, KeyError, OSError):
        raise click.ClickException("the provider does not start: see `flask idp doctor`") from None


def _asked(what: str) -> str:
    return str(click.prompt(what, prompt_suffix=": ", err=True))


def _told(ended: Iterable[EndedSession]) -> str:
    told = [services().notices.send(each) for each in ended]
    return f"{len(told)} sessions ended, {sum(told)} notices to portals"
