"""Which channels lead a citizen on, and in which order they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.domain.assurance import Level, level_of, reachable, useful_channels
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
    offers: Sequence[Offer],
    evidence: Sequence[Evidence],
    wanted: Level,
    now: float,
    after: str = "",
    *,
    factor_missing: bool = False,
) -> Ways:
    """The channels of ``offers`` that lead from ``evidence`` towards ``wanted``.

    Those that answer stand before those that do not, then those as strong as ``after``, the channel that came to
    nothing last; that one itself stands behind its alternatives. Otherwise the order of the offers holds.
    ``factor_missing``: this sign-in used one factor. Where the evidence suffices, what authenticates leads on.
    """
    facts = [offer.facts for offer in offers]
    top = reachable(facts, evidence, now)
    names, later = useful_channels(facts, evidence, min(wanted, top), now)
    if factor_missing and level_of(evidence, now) >= wanted:
        names = frozenset(each.name for each in facts if each.amr)
    failed = next((each.strength for each in facts if each.name == after), None)
    return Ways(
        now=sorted((o for o in offers if o.facts.name in names), key=lambda o: _place(o, after, failed)),
        later=[offer for offer in offers if offer.facts.name in later],
        reaches=top >= wanted,
    )


def preferred(ways: Ways, names: Sequence[str], *, only: bool, after: str = "") -> Ways:
    """``ways`` in the order a portal would like, of the channels ``names``; ``only``: those and no others.

    Whatever a portal asks: where none of them is of use now, every way is shown (the population record comes first),
    and nobody is left with a camera alone.
    """
    if not names:
        return ways
    now, later = (sorted(offers, key=lambda o: _wish(o, names, after)) for offers in (ways.now, ways.later))
    return replace(ways, now=_only(now, names), later=_only(later, names)) if only else Ways(now, later, ways.reaches)


def _wish(offer: Offer, names: Sequence[str], after: str) -> tuple[bool, bool, int]:
    return (
        not offer.open,
        offer.facts.name == after,
        names.index(offer.facts.name) if offer.facts.name in names else len(names),
    )


def _only(offers: Sequence[Offer], names: Sequence[str]) -> Sequence[Offer]:
    listed = [offer for offer in offers if offer.facts.name in names]
    if not listed:
        return offers
    if any(offer.open and not offer.facts.by_face for offer in listed):
        return listed
    return listed + [offer for offer in offers if offer.facts.name not in names and not offer.facts.by_face]


def _place(offer: Offer, after: str, failed: Strength | None) -> tuple[bool, bool, bool]:
    return (not offer.open, offer.facts.name == after, failed is not None and offer.facts.strength != failed)
