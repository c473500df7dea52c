"""Who stands for which organisations: what every store must do. Inherit and provide ``citizens``, ``standings``,
``merges`` and ``opened`` as in :mod:`tests.contract.holding`."""

from collections.abc import Callable

from idp.domain.evidence import CheckMethod, Strength
from idp.domain.organisations import ACTING_SECONDS, Role, Standing
from idp.domain.ports import Binding, Citizens, Merge, Merges, Recorded, Standings
from tests.contract.correcting import corrects
from tests.contract.holding import LATER, shows
from tests.contract.lasting import LI, NOW, OpenedAccounts, race

CODE, OTHER = "91370100MA0TEXT00H", "91370600MA0DEMX001"
MONTH = 30 * 86_400.0


def standing(citizen_id: str, standing_id: str = "s-1", code: str = CODE, at: float = NOW) -> Standing:
    return Standing(
        id=standing_id,
        citizen_id=citizen_id,
        organisation_name="青岛样例（集团）有限公司",
        credit_code=code,
        role=Role.AGENT,
        channel="business_registry",
        check_methods=(CheckMethod.AUTH, CheckMethod.VDIG),
        txn="EL20250101000000001",
        verified_at=at,
        expires_at=at + ACTING_SECONDS,
    )


class StandingsContract(OpenedAccounts):
    """A standing is its citizen's, and goes with the number."""

    def test_a_standing_comes_back_as_it_was_kept(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        citizen, other = opened(), opened()
        shows(citizens, citizen)
        kept = standing(citizen)
        assert standings.keep(kept)
        assert standings.of(citizen) == (kept,)
        assert standings.of(other) == ()

    def test_the_same_one_twice_is_kept_once(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        citizen = opened()
        shows(citizens, citizen)
        assert race(4, lambda _: standings.keep(standing(citizen))) == [True] * 4
        assert len(standings.of(citizen)) == 1

    def test_a_new_proof_takes_the_place_of_the_one_before_for_the_same_organisation(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        citizen = opened()
        shows(citizens, citizen)
        first, other, again = standing(citizen), standing(citizen, "s-2", OTHER), standing(citizen, "s-3", at=LATER)
        for each in (first, other, again):
            standings.keep(each)
        assert standings.of(citizen) == (again, other)

    def test_what_ran_out_is_remembered_for_a_month(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        citizen = opened()
        shows(citizens, citizen)
        first = standing(citizen)
        standings.keep(first)
        standings.keep(standing(citizen, "s-2", OTHER, first.expires_at + MONTH))
        assert [each.id for each in standings.of(citizen)] == ["s-2", "s-1"]
        standings.keep(standing(citizen, "s-3", OTHER, first.expires_at + MONTH + 1))
        assert [each.id for each in standings.of(citizen)] == ["s-3"]

    def test_only_who_holds_a_number_stands_for_anybody(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        nobody, holder, claimant = opened(), opened(), opened()
        shows(citizens, holder)
        assert shows(citizens, claimant).binding is Binding.HELD_EQUALLY
        for each in (nobody, claimant, "unknown"):
            assert not standings.keep(standing(each))
            assert standings.of(each) == ()

    def test_it_is_taken_away_by_its_citizen_alone(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        citizen, other = opened(), opened()
        shows(citizens, citizen)
        standings.keep(standing(citizen))
        assert not standings.remove(other, "s-1")
        assert standings.remove(citizen, "s-1")
        assert not standings.remove(citizen, "s-1")
        assert standings.of(citizen) == ()

    def test_who_loses_the_number_stands_for_nobody(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        impostor, rightful = opened(), opened()
        shows(citizens, impostor)
        standings.keep(standing(impostor))
        shows(citizens, rightful)
        taken = shows(citizens, rightful, Strength.POSSESSION)
        assert taken == Recorded(Binding.TAKEN_OVER, (impostor,), stood=True)
        assert standings.of(impostor) == standings.of(rightful) == ()
        assert standings.keep(standing(rightful))

    def test_another_number_ends_what_was_said_of_the_former(
        self, citizens: Citizens, standings: Standings, opened: Callable[..., str]
    ):
        citizen = opened()
        shows(citizens, citizen)
        standings.keep(standing(citizen))
        assert corrects(citizens, citizen) == Recorded(Binding.CORRECTED, stood=True)
        assert standings.of(citizen) == ()

    def test_another_name_ends_nothing(self, citizens: Citizens, standings: Standings, opened: Callable[..., str]):
        citizen = opened()
        shows(citizens, citizen)
        standings.keep(standing(citizen))
        assert not corrects(citizens, citizen, LI, "李肆").stood
        assert len(standings.of(citizen)) == 1

    def test_a_joining_and_its_undoing_leave_them_with_the_number(
        self, citizens: Citizens, standings: Standings, merges: Merges, opened: Callable[..., str]
    ):
        kept, joined = opened(), opened()
        shows(citizens, kept)
        standings.keep(standing(kept))
        shows(citizens, joined)
        merge = Merge("m-standing", kept, joined, LATER, LATER + MONTH)
        assert merges.join(merge, {})
        assert len(standings.of(kept)) == 1
        assert not standings.keep(standing(joined, "s-2"))
        assert merges.undo(merge.id, kept, now=LATER + 1) is not None
        assert len(standings.of(kept)) == 1
        assert standings.of(joined) == ()
