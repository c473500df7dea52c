"""What an attacker tries where numbers change hands and accounts are joined. Inherit and provide ``citizens``, ``opened``,
``merges`` and ``consents`` (as :mod:`tests.contract.holding`), and ``account_links``."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.domain.account_channel import UpstreamAccount
from idp.domain.assurance import Level
from idp.domain.channel import Reason
from idp.domain.contra import ContraIndicator
from idp.domain.errors import AttemptSpent, SignInRefused
from idp.domain.evidence import Strength
from idp.domain.ports import AccountLinks, Binding, Citizens, Merge, Merges, Recorded
from tests.contract.holding import LATER, level, shows
from tests.contract.lasting import LI, NOW, OpenedAccounts, evidence_for, race

WECHAT = UpstreamAccount("wechat_realname", "app", "unionid", "u-1")


def joins(merges: Merges, kept: str, joined: str, *sectors: str, leading: bool = False) -> Merge:
    merge = Merge(f"{kept}+{joined}", kept, joined, LATER, LATER + 100)
    assert merges.join(merge, dict.fromkeys(sectors, leading))
    return merge


class ChangingHandsContract(OpenedAccounts):
    """Freezes cannot be slipped, doubts cannot be shaken off, and nobody waits for anybody for ever."""

    def test_joining_an_own_second_account_does_not_thaw_what_somebody_else_disputes(
        self, citizens: Citizens, merges: Merges, opened: Callable[..., str]
    ):
        holder, victim, second = opened(), opened(), opened()
        for each in (holder, victim, second):
            shows(citizens, each)
        assert citizens.dispute(victim, now=LATER) == holder
        merge = joins(merges, holder, second)
        assert level(citizens, holder) is Level.UNPROVED
        assert merges.undo(merge.id, holder, now=LATER) is not None
        assert level(citizens, holder) is Level.UNPROVED
        citizens.withdraw_claim(victim, now=LATER)
        assert level(citizens, holder) is Level.BASIC

    def test_joining_does_not_shake_off_what_speaks_against_evidence(
        self, citizens: Citizens, merges: Merges, opened: Callable[..., str]
    ):
        kept, second = opened(), opened()
        shows(citizens, kept)
        shows(citizens, kept, Strength.PRESENCE)
        shows(citizens, second)
        shows(citizens, second, Strength.POSSESSION)
        against = ContraIndicator(f"{second}-contra", second, "alipay_account", "ant", Reason.MISMATCH_PERSON, LATER)
        citizens.note_contra(against)
        joins(merges, kept, second)
        assert "ant" not in {each.source for each in citizens.evidence_of(kept) if each.alive(LATER)}
        assert [each.source for each in citizens.evidence_of(second)] == ["ant"]

    def test_who_takes_a_number_over_is_not_frozen_by_a_dispute_with_the_one_before(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        holder, disputant, rightful = opened(), opened(), opened()
        for each in (holder, disputant, rightful):
            shows(citizens, each)
        citizens.dispute(disputant, now=LATER)
        assert shows(citizens, rightful, Strength.PRESENCE, LATER).binding is Binding.TAKEN_OVER
        left = citizens.by_id(disputant)
        assert left is not None
        assert left.claim is not None
        assert left.claim.disputed_at is None
        assert shows(citizens, disputant, Strength.PRESENCE, LATER).binding is Binding.HELD_EQUALLY
        assert shows(citizens, rightful, Strength.POSSESSION, LATER).binding is Binding.BOUND
        assert level(citizens, rightful) is Level.HIGH

    def test_a_name_and_a_number_take_nothing_from_who_has_shown_possession_alone(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        holder, stranger = opened(), opened()
        shows(citizens, holder, Strength.POSSESSION)
        assert shows(citizens, stranger) == Recorded(Binding.HELD_EQUALLY, (holder,))
        held = citizens.by_id_number(LI)
        assert held is not None
        assert held.id == holder

    def test_a_joined_account_proves_nothing_and_links_nothing_any_more(
        self, citizens: Citizens, merges: Merges, account_links: AccountLinks, opened: Callable[..., str]
    ):
        kept, second = opened(), opened()
        shows(citizens, kept)
        shows(citizens, second)
        merge = joins(merges, kept, second)
        with pytest.raises(SignInRefused):
            shows(citizens, second, Strength.PRESENCE, LATER)
        with pytest.raises(SignInRefused):
            account_links.link(f"link-{second}", second, replace(WECHAT, id=second), now=LATER)
        assert citizens.evidence_of(second) == ()
        assert merges.undo(merge.id, kept, now=LATER) == merge

    def test_one_piece_of_evidence_is_kept_once(self, citizens: Citizens, opened: Callable[..., str]):
        citizen = opened()
        proof = evidence_for(citizen, verified_at=NOW)
        citizens.record_proof(proof, name="李四", id_number=LI)
        with pytest.raises(AttemptSpent):
            citizens.record_proof(proof, name="李四", id_number=LI)
        assert [each.id for each in citizens.evidence_of(citizen)] == [proof.id]

    def test_what_was_joined_to_a_joined_account_goes_on_with_it_and_comes_back(
        self, citizens: Citizens, merges: Merges, account_links: AccountLinks, opened: Callable[..., str]
    ):
        first, second, third = opened(), opened(), opened()
        shows(citizens, second)
        shows(citizens, first)
        account_links.link(f"link-{first}", first, replace(WECHAT, id=first), now=NOW)
        early = joins(merges, second, first, "s.example", leading=True)
        shows(citizens, third)
        assert shows(citizens, third, Strength.POSSESSION, LATER).binding is Binding.TAKEN_OVER
        shows(citizens, second, at=LATER)
        joins(merges, third, second, "s.example")
        secrets = {each: citizens.by_id(each).subject_secret for each in (first, second, third)}  # type: ignore[union-attr]
        assert list(citizens.subject_secrets(third, "s.example")) == [secrets[third], secrets[first], secrets[second]]
        assert [each.id for each in account_links.of_citizen(third)] == [f"link-{first}"]
        assert merges.undo(early.id, first, now=LATER) is not None
        assert [each.id for each in account_links.of_citizen(first)] == [f"link-{first}"]
        assert account_links.of_citizen(third) == ()
        assert list(citizens.subject_secrets(third, "s.example")) == [secrets[third], secrets[second]]

    @pytest.mark.parametrize("turn", range(4))
    def test_everything_about_one_number_at_once_ends_without_an_error(
        self, citizens: Citizens, merges: Merges, opened: Callable[..., str], turn: int
    ):
        # Ids decide in which order rows are locked: the holder is once the first of them and once the last.
        accounts = [opened() for _ in range(4)]
        holder, one, two, three = accounts if turn % 2 else reversed(accounts)
        for each in (holder, one, two, three):
            shows(citizens, each)
        merge = Merge(f"m-{holder}", holder, one, LATER, LATER + 100)
        acts: list[Callable[[], object]] = [
            lambda: citizens.dispute(two, now=LATER),
            lambda: citizens.dispute(three, now=LATER),
            lambda: citizens.withdraw_claim(two, now=LATER),
            lambda: citizens.withdraw_claim(one, now=LATER),
            lambda: merges.join(merge, {}),
            lambda: merges.undo(merge.id, holder, now=LATER),
            lambda: shows(citizens, holder, at=LATER),
            lambda: shows(citizens, one, at=LATER),
            lambda: shows(citizens, three, at=LATER),
        ]
        results = race(len(acts), lambda index: acts[index]())
        errors = [each for each in results if isinstance(each, Exception)]
        assert [each for each in errors if not isinstance(each, SignInRefused)] == []
