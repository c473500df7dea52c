"""A proved name or number put right: what every store of citizens must do. Inherit and provide ``citizens``, ``opened``
and ``merges`` as in :mod:`tests.contract.holding`."""

from collections.abc import Callable

import pytest

from idp.domain.assurance import Level
from idp.domain.claims import ClaimName
from idp.domain.errors import PersonMismatch
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import Binding, Citizens, Merge, Merges, Recorded
from tests.contract.holding import LATER, level, shows
from tests.contract.lasting import LI, NOW, WANG, OpenedAccounts, evidence_for, race


def examined(citizen: str, number: str = WANG, name: str = "李四") -> Evidence:
    """What officers leave who saw the person and the document about the change."""
    return evidence_for(
        citizen,
        channel="counter_verify",
        source="counter",
        check_methods=(CheckMethod.VPIP, CheckMethod.PVP),
        strength=Strength.PRESENCE,
        verified_at=LATER,
        expires_at=None,
        claims={ClaimName.NAME: name, ClaimName.ID_NUMBER: number},
    )


def corrects(citizens: Citizens, citizen: str, number: str = WANG, name: str = "李四", former: str = LI) -> Recorded:
    return citizens.correct_person(examined(citizen, number, name), name=name, id_number=number, former_number=former)


class CorrectionsContract(OpenedAccounts):
    """One account, one ``sub``, another number or name."""

    def test_another_number_keeps_the_account_and_revokes_what_was_shown_of_the_former(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        citizen = opened()
        shows(citizens, citizen)
        shows(citizens, citizen, Strength.POSSESSION)
        secrets = citizens.subject_secrets(citizen, "portal.example")
        assert corrects(citizens, citizen) == Recorded(Binding.CORRECTED)
        found = citizens.by_id_number(WANG)
        assert found is not None
        assert (found.id, found.name, found.id_number) == (citizen, "李四", WANG)
        assert citizens.by_id_number(LI) is None
        assert citizens.subject_secrets(citizen, "portal.example") == secrets
        newest, *history = citizens.evidence_of(citizen)
        assert (newest.source, newest.revoked_at) == ("counter", None)
        assert [each.revoked_at for each in history] == [LATER, LATER]
        assert level(citizens, citizen) is Level.HIGH

    def test_another_name_keeps_what_was_shown(self, citizens: Citizens, opened: Callable[..., str]):
        citizen = opened()
        shows(citizens, citizen)
        assert corrects(citizens, citizen, LI, "李肆") == Recorded(Binding.BOUND)
        found = citizens.by_id_number(LI)
        assert found is not None
        assert (found.id, found.name) == (citizen, "李肆")
        assert [each.revoked_at for each in citizens.evidence_of(citizen)] == [None, None]

    def test_a_number_that_another_account_holds_changes_nothing(self, citizens: Citizens, opened: Callable[..., str]):
        citizen, other = opened(), opened()
        shows(citizens, citizen)
        citizens.record_proof(evidence_for(other), name="王五", id_number=WANG)
        before = [(citizens.by_id(each), citizens.evidence_of(each)) for each in (citizen, other)]
        assert corrects(citizens, citizen) == Recorded(Binding.NOT_FREE, (other,))
        assert [(citizens.by_id(each), citizens.evidence_of(each)) for each in (citizen, other)] == before

    @pytest.mark.parametrize("account", ["unproved", "of another number", "claimant", "unknown"])
    def test_only_the_holder_of_the_former_number_is_corrected(
        self, citizens: Citizens, opened: Callable[..., str], account: str
    ):
        holder, citizen = opened(), opened()
        if account == "claimant":
            shows(citizens, holder)
            shows(citizens, citizen)
        if account == "of another number":
            citizens.record_proof(evidence_for(citizen), name="王五", id_number="810000199408230021")
        before = citizens.by_id(citizen), citizens.evidence_of(citizen)
        with pytest.raises(PersonMismatch):
            corrects(citizens, "nobody" if account == "unknown" else citizen)
        assert (citizens.by_id(citizen), citizens.evidence_of(citizen)) == before

    def test_who_claimed_the_former_number_is_free_to_prove_it(self, citizens: Citizens, opened: Callable[..., str]):
        citizen, claimant, disputant = opened(), opened(), opened()
        for each in (citizen, claimant, disputant):
            shows(citizens, each)
        citizens.dispute(disputant, now=LATER)
        assert citizens.claims_on(citizen) == ((claimant, None), (disputant, LATER))
        recorded = corrects(citizens, citizen)
        assert (recorded.binding, set(recorded.others)) == (Binding.CORRECTED, {claimant, disputant})
        assert level(citizens, citizen) is Level.HIGH  # frozen no more
        assert citizens.claims_on(citizen) == ()
        assert citizens.dispute(claimant, now=LATER) is None
        assert not citizens.withdraw_claim(disputant, now=LATER)
        assert shows(citizens, claimant, at=LATER) == Recorded(Binding.BOUND)

    def test_of_ten_accounts_corrected_to_one_number_at_once_one_has_it(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        numbers = [f"81000019940823{n:03d}" for n in range(1, 60)]
        formers = [n + _check(n) for n in numbers][:10]
        accounts = [opened() for _ in formers]
        for account, number in zip(accounts, formers, strict=True):
            citizens.record_proof(evidence_for(account), name="李四", id_number=number)
        results = race(10, lambda i: corrects(citizens, accounts[i], former=formers[i]))
        assert sorted(each.binding.name for each in results) == ["CORRECTED"] + ["NOT_FREE"] * 9
        held = citizens.by_id_number(WANG)
        assert held is not None
        assert results[accounts.index(held.id)].binding is Binding.CORRECTED

    def test_of_ten_corrections_of_one_account_at_once_one_is_made(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        citizen = opened()
        shows(citizens, citizen)
        results = race(10, lambda _: corrects(citizens, citizen))
        assert sorted(type(each).__name__ for each in results) == ["PersonMismatch"] * 9 + ["Recorded"]
        assert len([each for each in citizens.evidence_of(citizen) if each.revoked_at is None]) == 1

    def test_parting_after_a_correction_gives_the_other_account_no_claim_on_the_new_number(
        self, citizens: Citizens, merges: Merges, opened: Callable[..., str]
    ):
        kept, joined = opened(), opened()
        shows(citizens, kept)
        shows(citizens, joined)
        merge = Merge(f"m-{kept}", kept, joined, NOW, LATER + 100)
        assert merges.join(merge, {})
        corrects(citizens, kept)
        assert merges.undo(merge.id, joined, now=LATER + 1) is not None
        parted = citizens.by_id(joined)
        assert parted is not None
        assert (parted.merged_into, parted.claim) == (None, None)
        assert level(citizens, joined) is Level.UNPROVED
        assert level(citizens, kept) is Level.HIGH


def _check(digits: str) -> str:
    """The check character of ISO 7064 MOD 11-2."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    return "0123456789X"[(12 - total) % 11]
