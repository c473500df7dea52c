"""What the account page says about the organisations that the citizen stands for."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.organisations import Standing
from idp.web.context import services


@dataclass(frozen=True, slots=True)
class Section:
    """What ``account_organisations.html`` says. ``provable``: a way here confirms one."""

    standings: Sequence[Standing]
    provable: bool


def section(citizen_id: str) -> Section | None:
    """The section, or None where there is nothing to say: no organisation, and no way to prove one."""
    standings = services().representing.of(citizen_id)
    provable = bool(services().proving.offers(citizen_id, to_act=True))
    return Section(standings, provable) if standings or provable else None
