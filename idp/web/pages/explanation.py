"""Why an account's level is what it is, as text for operators: the account page's words, and nothing personal.

Ids, channels, closed words and times alone: it may be pasted into a ticket.
"""

from collections.abc import Iterator

from flask_babel import gettext as _

from idp.domain.assurance import Level, Line
from idp.domain.evidence import Evidence, Status
from idp.domain.ports import Merge
from idp.people.operators import Standing
from idp.web.pages import words
from idp.web.pages.times import machine


def explain(standing: Standing, now: float) -> Iterator[str]:
    """The lines, in the language of the context."""
    citizen = standing.citizen
    yield _(
        "Account %(id)s: level %(number)d, %(name)s", id=citizen.id, number=standing.level, name=_name(standing.level)
    )
    if citizen.disabled_at is not None:
        yield _("closed since %(time)s", time=machine(citizen.disabled_at))
    if citizen.merged_into is not None:
        yield _("joined to account %(id)s, which its names lead to", id=citizen.merged_into)
    for level in Level:
        yield from _of_level(level, standing, now)
    yield from _against(standing)
    yield from _two_accounts(standing)
    live, over = standing.organisations
    if live or over:
        yield _("may act for %(live)d organisations; for %(over)d that ran out", live=live, over=over)
    for each in standing.guardians:
        yield _("guardian: account %(id)s, since %(time)s", id=each.guardian_id, time=machine(each.agreed_at))
    for each in standing.wards:
        yield _("guardian of account %(id)s, since %(time)s", id=each.minor_id, time=machine(each.agreed_at))


def _name(level: Level) -> str:
    return str(words.LEVEL_NAMES[level])


def _of_level(level: Level, standing: Standing, now: float) -> Iterator[str]:
    lines = [line for line in standing.lines if line.level is level]
    if lines:
        reached = _("reached") if level <= standing.level else _("not reached")
        yield f"{int(level)} {_name(level)} - {reached}"
    for line in lines:
        yield f"  {words.REQUIREMENTS[line.requirement]}"
        yield f"    {_met(line, now)}"


def _met(line: Line, now: float) -> str:
    if line.evidence is not None:
        row = line.evidence
        until = machine(row.expires_at) if row.expires_at is not None else _("until it is revoked")
        return str(_("met by %(row)s; counts until: %(until)s", row=_row(row), until=until))
    if line.lapsed is None:
        return str(_("missing: nothing was shown"))
    row, status = line.lapsed, line.lapsed.status(now)
    since = {
        Status.EXPIRED: row.expires_at,
        Status.REVOKED: row.revoked_at,
        Status.SUSPENDED: row.suspended_at,
        Status.OUTWEIGHED: row.outweighed_at,
    }[status]
    why = words.STATUSES[status]
    return str(_("lapsed: %(row)s; %(why)s, since %(time)s", row=_row(row), why=why, time=machine(since or now)))


def _row(row: Evidence) -> str:
    return f"{row.channel} {machine(row.verified_at)} ({row.source}, {row.id})"


def _against(standing: Standing) -> Iterator[str]:
    for each in standing.contra:
        what = f"{each.channel} {machine(each.at)} ({each.source}, {each.reason})"
        yield _("weighs against it: %(what)s", what=what)


def _two_accounts(standing: Standing) -> Iterator[str]:
    claim = standing.citizen.claim
    if claim is not None:
        yield _(
            "claims a number that account %(id)s holds, since %(time)s",
            id=standing.held_by or "-",
            time=machine(claim.made_at),
        )
        if claim.disputed_at is not None:
            yield _("disputes it since %(time)s: both accounts are frozen", time=machine(claim.disputed_at))
    for claimant, disputed_at in standing.claimed_by:
        yield _("account %(id)s claims its number", id=claimant)
        if disputed_at is not None:
            yield _("and disputes it since %(time)s: both accounts are frozen", time=machine(disputed_at))
    for merge in standing.merges:
        yield from _merged(merge)


def _merged(merge: Merge) -> Iterator[str]:
    sides = {"joined": merge.joined_id, "kept": merge.kept_id, "time": machine(merge.at)}
    if merge.undone_at is None:
        until = machine(merge.undo_until)
        yield _(
            "account %(joined)s was joined to %(kept)s on %(time)s; to be undone until %(until)s", until=until, **sides
        )
    else:
        undone = machine(merge.undone_at)
        yield _(
            "account %(joined)s was joined to %(kept)s on %(time)s, and parted on %(undone)s", undone=undone, **sides
        )
