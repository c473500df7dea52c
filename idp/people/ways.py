"""Which channels lead a citizen on, and in which order they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.assurance import Level, reachable, useful_channels
from idp.domain.evidence import Evidence, Strength
from idp.people.proof_results import Offer


@dataclass(frozen=True, slots=True)
class Ways:
    """``now``: what leads on, best first. ``later``: what will, after one of them.

    ``reaches``: whether they lead to the level that was asked for. Otherwise they lead as far as they can.
    """

    now: Sequence[Offer]
    later: Sequence[Offer]
    reaches: bool


def find_ways(
    offers: Sequence[Offer], evidence: Sequence[Evidence], wanted: Level, now: float, after: str = ""
) -> Ways:
    """The channels of ``offers`` that lead from ``evidence`` towards ``wanted``.

    Those that answer stand before those that do not, then those as strong as ``after``, the channel that came to
    nothing last; that one itself stands behind its alternatives. Otherwise the order of the offers holds.
    """
    facts = [offer.facts for offer in offers]
    top = reachable(facts, evidence, now)
    names, later = useful_channels(facts, evidence, min(wanted, top), now)
    failed = next((each.strength for each in facts if each.name == after), None)
    return Ways(
        now=sorted((o for o in offers if o.facts.name in names), key=lambda o: _place(o, after, failed)),
        later=[offer for offer in offers if offer.facts.name in later],
        reaches=top >= wanted,
    )


def _place(offer: Offer, after: str, failed: Strength | None) -> tuple[bool, bool, bool]:
    return (not offer.open, offer.facts.name == after, failed is not None and offer.facts.strength != failed)
