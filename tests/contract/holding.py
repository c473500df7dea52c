"""Whose a number is, and one person's two accounts: what every store of citizens must do. Inherit and provide
``citizens``, ``opened`` (as :class:`tests.contract.lasting.CitizensContract`) and ``merges``."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.domain.assurance import Level, level_of
from idp.domain.channel import Reason
from idp.domain.contra import ContraIndicator
from idp.domain.errors import PersonMismatch
from idp.domain.evidence import CheckMethod, Strength
from idp.domain.ports import Binding, Citizens, Consents, Merge, Merges, Recorded
from tests.contract.lasting import LI, NOW, WANG, OpenedAccounts, evidence_for, race

LATER = NOW + 60


def shows(citizens: Citizens, citizen: str, strength: Strength = Strength.KNOWLEDGE, at: float = NOW) -> Recorded:
    """A proof of LI by a source that fits the strength."""
    source = {Strength.KNOWLEDGE: "police", Strength.POSSESSION: "ant", Strength.PRESENCE: "counter"}[strength]
    methods = {Strength.PRESENCE: (CheckMethod.VPIP,)}.get(strength, (CheckMethod.AUTH,))
    proof = evidence_for(
        citizen, source=source, strength=strength, check_methods=methods, verified_at=at, expires_at=None
    )
    return citizens.record_proof(proof, name="李四", id_number=LI)


def level(citizens: Citizens, citizen: str, at: float = LATER) -> Level:
    return level_of(citizens.evidence_of(citizen), at)


class HoldingContract(OpenedAccounts):
    """The table of :mod:`idp.domain.holding`, under locks."""

    def test_possession_takes_the_number_from_who_only_knew_it(self, citizens: Citizens, opened: Callable[..., str]):
        impostor, citizen = opened(), opened()
        shows(citizens, impostor)
        assert shows(citizens, citizen) == Recorded(Binding.HELD_EQUALLY, (impostor,))
        assert shows(citizens, citizen, Strength.POSSESSION, LATER) == Recorded(Binding.TAKEN_OVER, (impostor,))
        held, lost = citizens.by_id_number(LI), citizens.by_id(impostor)
        assert held is not None
        assert lost is not None
        assert (held.id, held.claim, level(citizens, citizen)) == (citizen, None, Level.MEDIUM)
        assert (lost.name, lost.id_number, lost.claim, level(citizens, impostor)) == (None, None, None, Level.UNPROVED)
        assert all(each.revoked_at == LATER for each in citizens.evidence_of(impostor))

    def test_who_was_displaced_may_prove_again_and_only_claims(self, citizens: Citizens, opened: Callable[..., str]):
        impostor, citizen = opened(), opened()
        shows(citizens, impostor)
        shows(citizens, citizen)
        shows(citizens, citizen, Strength.POSSESSION)
        assert shows(citizens, impostor, at=LATER) == Recorded(Binding.HELD, (citizen,))
        assert level(citizens, impostor) is Level.UNPROVED

    def test_possession_without_the_register_takes_nothing(self, citizens: Citizens, opened: Callable[..., str]):
        holder, other = opened(), opened()
        shows(citizens, holder)
        assert shows(citizens, other, Strength.POSSESSION).binding is Binding.HELD
        assert level(citizens, holder) is Level.BASIC

    def test_a_claim_is_one_number(self, citizens: Citizens, opened: Callable[..., str]):
        holder, other = opened(), opened()
        shows(citizens, holder)
        shows(citizens, other)
        with pytest.raises(PersonMismatch):
            citizens.record_proof(evidence_for(other), name="王五", id_number=WANG)

    def test_a_dispute_freezes_both_and_an_officer_ends_it(self, citizens: Citizens, opened: Callable[..., str]):
        holder, other = opened(), opened()
        shows(citizens, holder)
        shows(citizens, other)
        assert citizens.dispute(other, now=LATER) == holder
        assert citizens.dispute(other, now=LATER) is None
        assert (level(citizens, holder), level(citizens, other)) == (Level.UNPROVED, Level.UNPROVED)
        disputing = citizens.by_id(other)
        assert disputing is not None
        assert disputing.claim is not None
        assert disputing.claim.disputed_at == LATER
        # The same once more settles nothing.
        assert shows(citizens, holder, at=LATER).binding is Binding.HELD_EQUALLY
        assert level(citizens, holder) is Level.UNPROVED
        assert shows(citizens, holder, Strength.PRESENCE, LATER) == Recorded(Binding.SETTLED, (other,))
        assert (level(citizens, holder), level(citizens, other)) == (Level.HIGH, Level.UNPROVED)
        lost = citizens.by_id(other)
        assert lost is not None
        assert lost.claim is None

    def test_the_disputant_may_win_as_well(self, citizens: Citizens, opened: Callable[..., str]):
        holder, other = opened(), opened()
        shows(citizens, holder)
        shows(citizens, other)
        citizens.dispute(other, now=LATER)
        assert shows(citizens, other, Strength.PRESENCE, LATER) == Recorded(Binding.TAKEN_OVER, (holder,))
        assert (level(citizens, holder), level(citizens, other)) == (Level.UNPROVED, Level.HIGH)

    def test_who_has_shown_less_disputes_nothing(self, citizens: Citizens, opened: Callable[..., str]):
        holder, other, nobody = opened(), opened(), opened()
        shows(citizens, holder)
        shows(citizens, holder, Strength.POSSESSION)
        shows(citizens, other)
        assert citizens.dispute(other, now=LATER) is None
        assert citizens.dispute(nobody, now=LATER) is None
        assert level(citizens, holder) is Level.MEDIUM

    def test_a_withdrawn_claim_frees_the_holder(self, citizens: Citizens, opened: Callable[..., str]):
        holder, other = opened(), opened()
        shows(citizens, holder)
        shows(citizens, other)
        citizens.dispute(other, now=LATER)
        assert citizens.withdraw_claim(other, now=LATER)
        assert not citizens.withdraw_claim(other, now=LATER)
        assert (level(citizens, holder), level(citizens, other)) == (Level.BASIC, Level.UNPROVED)
        assert [each.revoked_at for each in citizens.evidence_of(other)] == [LATER]

    def test_of_two_disputes_one_withdrawn_leaves_the_holder_frozen(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        holder, one, other = opened(), opened(), opened()
        for each in (holder, one, other):
            shows(citizens, each)
        assert citizens.dispute(one, now=LATER) == holder
        assert citizens.dispute(other, now=LATER) == holder
        citizens.withdraw_claim(one, now=LATER)
        assert level(citizens, holder) is Level.UNPROVED
        citizens.withdraw_claim(other, now=LATER)
        assert level(citizens, holder) is Level.BASIC

    def test_of_ten_claimants_with_possession_at_once_one_holds(self, citizens: Citizens, opened: Callable[..., str]):
        holder, claimants = opened(), [opened() for _ in range(10)]
        for each in (holder, *claimants):
            shows(citizens, each)
        results = race(10, lambda i: shows(citizens, claimants[i], Strength.POSSESSION, LATER))
        assert sorted(each.binding.name for each in results) == ["HELD_EQUALLY"] * 9 + ["TAKEN_OVER"]
        held = citizens.by_id_number(LI)
        assert held is not None
        assert results[claimants.index(held.id)] == Recorded(Binding.TAKEN_OVER, (holder,))
        assert [level(citizens, each) for each in (holder, *claimants)].count(Level.MEDIUM) == 1

    def test_contra_indicators_come_back_and_weigh(self, citizens: Citizens, opened: Callable[..., str]):
        citizen = opened()
        shows(citizens, citizen)
        shows(citizens, citizen, Strength.POSSESSION)
        kept = ContraIndicator("contra-1", citizen, "alipay_account", "ant", Reason.MISMATCH_PERSON, LATER)
        citizens.note_contra(kept)
        assert list(citizens.contra_of(citizen)) == [kept]
        assert level(citizens, citizen) is Level.BASIC
        assert level(citizens, opened()) is Level.UNPROVED


class MergesContract(OpenedAccounts):
    """Joining and parting."""

    def _two(self, citizens: Citizens, opened: Callable[..., str]) -> tuple[str, str]:
        kept, joined = opened(), opened()
        shows(citizens, kept)
        shows(citizens, joined)
        return kept, joined

    def _merge(self, kept: str, joined: str, name: str = "m") -> Merge:
        return Merge(f"{name}-{kept}", kept, joined, LATER, LATER + 100)

    def test_joining_brings_evidence_and_consents_and_keeps_every_subject(
        self, citizens: Citizens, merges: Merges, consents: Consents, opened: Callable[..., str]
    ):
        kept, joined = self._two(citizens, opened)
        consents.give(joined, "only-joined", frozenset({"openid"}), now=NOW)
        consents.give(joined, "both", frozenset({"openid", "profile"}), now=NOW)
        consents.give(kept, "both", frozenset({"openid"}), now=NOW)
        merge = self._merge(kept, joined)
        assert merges.join(merge, {"joined.example": True, "both.example": False})
        secrets = {each: citizens.by_id(each).subject_secret for each in (kept, joined)}  # type: ignore[union-attr]
        assert list(citizens.subject_secrets(kept, "joined.example")) == [secrets[joined], secrets[kept]]
        assert list(citizens.subject_secrets(kept, "both.example")) == [secrets[kept], secrets[joined]]
        assert list(citizens.subject_secrets(kept, "elsewhere.example")) == [secrets[kept]]
        assert len(citizens.evidence_of(kept)) == 2
        assert all(each.alive(LATER) for each in citizens.evidence_of(kept))
        assert list(citizens.evidence_of(joined)) == []
        assert {each.client_id for each in consents.all_of(kept)} == {"only-joined", "both"}
        agreed = consents.of(kept, "both")
        assert agreed is not None
        assert agreed.scopes == {"openid"}
        left = citizens.by_id(joined)
        assert left is not None
        assert (left.merged_into, left.claim) == (kept, None)
        assert list(merges.of(kept)) == list(merges.of(joined)) == [merge]

    @pytest.mark.parametrize("side", ["kept", "joined"])
    def test_either_side_puts_everything_back(
        self, citizens: Citizens, merges: Merges, consents: Consents, opened: Callable[..., str], side: str
    ):
        kept, joined = self._two(citizens, opened)
        before = [citizens.by_id(each) for each in (kept, joined)]
        rows = [[replace(e, suspended_at=None) for e in citizens.evidence_of(each)] for each in (kept, joined)]
        consents.give(joined, "client", frozenset({"openid"}), now=NOW)
        merge = self._merge(kept, joined, side)
        merges.join(merge, {"s.example": True})
        undone = merges.undo(merge.id, kept if side == "kept" else joined, now=LATER + 1)
        assert undone == merge
        after = [citizens.by_id(each) for each in (kept, joined)]
        assert [(a and a.id_number, a and a.merged_into) for a in after] == [
            (b and b.id_number, b and b.merged_into) for b in before
        ]
        assert after[1] is not None
        assert after[1].claim is not None
        assert after[1].claim.id_number == LI
        found = [[replace(e, suspended_at=None) for e in citizens.evidence_of(each)] for each in (kept, joined)]
        assert found == rows
        assert level(citizens, joined) is Level.UNPROVED
        assert len(citizens.subject_secrets(kept, "s.example")) == 1
        assert consents.of(kept, "client") is None
        assert consents.of(joined, "client") is not None
        assert [each.undone_at for each in merges.of(kept)] == [LATER + 1]
        citizens.withdraw_claim(joined, now=LATER)
        assert merges.undo(merge.id, kept, now=LATER + 2) is None

    def test_only_a_claimant_of_the_very_number_can_be_joined(
        self, citizens: Citizens, merges: Merges, opened: Callable[..., str]
    ):
        kept, joined = self._two(citizens, opened)
        stranger = opened()
        assert not merges.join(self._merge(kept, stranger), {})
        assert not merges.join(self._merge(joined, kept), {})
        assert not merges.join(self._merge(stranger, joined), {})
        assert merges.of(kept) == ()

    def test_neither_strangers_nor_the_late_undo_it(
        self, citizens: Citizens, merges: Merges, opened: Callable[..., str]
    ):
        kept, joined = self._two(citizens, opened)
        merge = self._merge(kept, joined)
        merges.join(merge, {})
        assert merges.undo(merge.id, opened(), now=LATER) is None
        assert merges.undo(merge.id, kept, now=merge.undo_until) is None
        assert merges.undo("unknown", kept, now=LATER) is None
        assert level(citizens, kept) is Level.BASIC

    def test_of_ten_joinings_at_once_one_succeeds(self, citizens: Citizens, merges: Merges, opened: Callable[..., str]):
        kept, joined = self._two(citizens, opened)
        each = [Merge(f"m{i}-{kept}", kept, joined, LATER, LATER + 100) for i in range(10)]
        assert sorted(race(10, lambda i: merges.join(each[i], {"s": True}))) == [False] * 9 + [True]

    def test_joining_ends_a_dispute(self, citizens: Citizens, merges: Merges, opened: Callable[..., str]):
        kept, joined = self._two(citizens, opened)
        citizens.dispute(joined, now=LATER)
        assert level(citizens, kept) is Level.UNPROVED
        assert merges.join(self._merge(kept, joined), {})
        assert level(citizens, kept) is Level.BASIC
