"""What every store of grants promises of keys, resources and grace: a token is for one holder and one place."""

from dataclasses import replace

import pytest

from idp.domain.ports import (
    BindingKind,
    Delegation,
    Grants,
    Inspected,
    Issued,
    KeyBinding,
    Mismatch,
    NewGrant,
    ProofMark,
    Replayed,
    Target,
)
from tests.contract.sign_on import OFFLINE, REQUEST, SEALED, InASession, facts, redeem, release, rotate, sign_on
from tests.contract.threads import at_once

KEY = KeyBinding(BindingKind.JKT, "thumbprint-of-one")
OTHER = KeyBinding(BindingKind.JKT, "thumbprint-of-another")
CERTIFICATE = KeyBinding(BindingKind.X5T, "thumbprint-of-one")
FUND, TAX = "https://fund.example/api", "https://tax.example/api"
DETAILS = ({"type": "matter", "item": '公积金 "A"'}, {"type": "matter", "locations": [FUND]})
WITH_RESOURCES = replace(REQUEST, resources=(FUND, TAX), details=DETAILS)


def found(grants: Grants, token, clock) -> Inspected:
    inspected = grants.inspect(token, now=clock.now())
    assert isinstance(inspected, Inspected)
    return inspected


class GrantKeysContract(InASession):
    """Whom a token is bound to."""

    def test_a_token_tells_its_key_its_holder_and_its_times(self, sessions, grants: Grants, session, clock):
        issued = redeem(grants, sign_on(sessions, session, clock), clock, target=Target(binding=KEY))
        access = found(grants, issued.access_token, clock).access
        assert access == issued.access
        assert (access.binding, access.client_id, access.audience, access.actors) == (KEY, "rp", "", ())
        assert (access.issued_at, access.expires_at) == (clock.now(), clock.now() + 300)

    def test_a_code_bound_to_a_key_is_redeemed_by_that_key_alone(self, sessions, grants: Grants, session, clock):
        code = sign_on(sessions, session, clock, replace(REQUEST, dpop_jkt=KEY.thumbprint))
        for target in (Target(), Target(binding=OTHER), Target(binding=CERTIFICATE)):
            assert redeem(grants, code, clock, target=target) == Mismatch("dpop_jkt")
        assert isinstance(redeem(grants, code, clock, target=Target(binding=KEY)), Issued)

    @pytest.mark.parametrize("binding", [None, OTHER, CERTIFICATE])
    def test_a_keyed_refresh_token_is_for_its_key_alone(self, sessions, grants: Grants, session, clock, binding):
        target = Target(binding=KEY, keyed_refresh=True)
        issued = redeem(grants, sign_on(sessions, session, clock), clock, target=target)
        wrong = replace(target, binding=binding)
        assert rotate(grants, issued.refresh_token, clock, target=wrong) == Mismatch("binding")
        assert isinstance(rotate(grants, issued.refresh_token, clock, target=target), Issued)

    @pytest.mark.parametrize("binding", [None, CERTIFICATE])
    def test_another_refresh_token_may_change_its_key_but_not_shed_it(
        self, sessions, grants: Grants, session, clock, binding
    ):
        issued = redeem(grants, sign_on(sessions, session, clock), clock, target=Target(binding=KEY))
        assert rotate(grants, issued.refresh_token, clock, target=Target(binding=binding)) == Mismatch("binding")
        again = rotate(grants, issued.refresh_token, clock, target=Target(binding=OTHER))
        assert found(grants, again.access_token, clock).access.binding == OTHER
        assert found(grants, issued.access_token, clock).access.binding == KEY

    def test_a_proof_is_marked_once_for_16_at_once_and_costs_nothing_else(
        self, sessions, grants: Grants, session, clock
    ):
        issued = redeem(grants, sign_on(sessions, session, clock), clock)
        mark = ProofMark("key:jti", clock.now() + 300)
        answers = at_once(16, lambda _: grants.inspect(issued.access_token, now=clock.now(), mark=mark))
        assert sum(isinstance(answer, Inspected) for answer in answers) == 1
        assert answers.count(Mismatch("jti")) == 15
        other = replace(mark, name="key:other")
        assert isinstance(grants.inspect(issued.access_token, now=clock.now(), mark=other), Inspected)
        clock.advance(299)
        assert grants.inspect(issued.access_token, now=clock.now(), mark=mark) == Mismatch("jti")

    def test_a_proof_for_a_dead_token_is_nothing(self, grants: Grants, clock):
        mark = ProofMark("key:jti", clock.now() + 300)
        assert grants.inspect("00" + "A" * 16 + "." + "A" * 43, now=clock.now(), mark=mark) is None


class GrantResourcesContract(InASession):
    """Whom a token is for."""

    def test_a_token_is_for_one_of_the_granted_resources(self, sessions, grants: Grants, session, clock):
        code = sign_on(sessions, session, clock, WITH_RESOURCES)
        assert redeem(grants, code, clock) == Mismatch("resource")
        assert redeem(grants, code, clock, target=Target("https://evil.example")) == Mismatch("resource")
        issued = redeem(grants, code, clock, target=Target(FUND))
        assert issued.access.audience == FUND
        assert issued.grant.resources == (FUND, TAX)
        assert issued.grant.details == DETAILS
        again = rotate(grants, issued.refresh_token, clock, target=Target(TAX))
        assert found(grants, again.access_token, clock).access.audience == TAX
        assert found(grants, again.access_token, clock).grant == issued.grant
        assert rotate(grants, again.refresh_token, clock, target=Target("https://evil.example")) == Mismatch("resource")
        ours = rotate(grants, again.refresh_token, clock, target=Target(""))
        assert found(grants, ours.access_token, clock).access.audience == ""

    def test_the_only_resource_need_not_be_named(self, sessions, grants: Grants, session, clock):
        code = sign_on(sessions, session, clock, replace(REQUEST, resources=(FUND,)))
        assert redeem(grants, code, clock).access.audience == FUND

    def test_without_resources_none_can_be_named(self, sessions, grants: Grants, session, clock):
        code = sign_on(sessions, session, clock)
        assert redeem(grants, code, clock, target=Target(FUND)) == Mismatch("resource")
        assert redeem(grants, code, clock, target=Target("")).access.audience == ""


class RefreshGraceContract(InASession):
    """A lost answer is answered again, and nothing else is forgiven."""

    @pytest.fixture
    def issued(self, sessions, grants: Grants, session, clock) -> Issued:
        return redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock)

    def test_a_rotated_token_answers_again_with_the_same_successor(self, grants: Grants, issued, clock):
        first = rotate(grants, issued.refresh_token, clock, grace_seconds=10)
        clock.advance(9.9)
        again = rotate(grants, issued.refresh_token, clock, grace_seconds=10)
        assert again.refresh_token == first.refresh_token
        assert again.access_token != first.access_token
        assert found(grants, first.access_token, clock).grant == found(grants, again.access_token, clock).grant
        assert isinstance(rotate(grants, first.refresh_token, clock, grace_seconds=10), Issued)

    def test_the_grace_ends_by_the_clock_and_asking_does_not_prolong_it(self, grants: Grants, issued, clock):
        latest = rotate(grants, issued.refresh_token, clock, grace_seconds=10)
        clock.advance(9)
        assert isinstance(rotate(grants, issued.refresh_token, clock, grace_seconds=10), Issued)
        clock.advance(1)
        assert rotate(grants, issued.refresh_token, clock, grace_seconds=10) == Replayed(issued.grant.id)
        assert rotate(grants, latest.refresh_token, clock, grace_seconds=10) in {None, Replayed(issued.grant.id)}
        assert grants.inspect(latest.access_token, now=clock.now()) is None

    def test_once_the_successor_is_used_the_older_token_is_a_replay(self, grants: Grants, issued, clock):
        second = rotate(grants, issued.refresh_token, clock, grace_seconds=10)
        third = rotate(grants, second.refresh_token, clock, grace_seconds=10)
        assert rotate(grants, issued.refresh_token, clock, grace_seconds=10) == Replayed(issued.grant.id)
        assert grants.inspect(third.access_token, now=clock.now()) is None

    def test_of_8_at_once_all_get_the_one_successor(self, grants: Grants, issued, clock):
        answers = at_once(8, lambda _: rotate(grants, issued.refresh_token, clock, grace_seconds=10))
        assert {answer.refresh_token for answer in answers} == {answers[0].refresh_token}
        assert len({answer.access_token for answer in answers}) == 8
        assert all(grants.inspect(answer.access_token, now=clock.now()) for answer in answers[-1:])
        assert isinstance(rotate(grants, answers[3].refresh_token, clock, grace_seconds=10), Issued)

    def test_the_grace_is_for_the_same_client_and_key_alone(self, sessions, grants: Grants, session, clock):
        target = Target(binding=KEY, keyed_refresh=True)
        issued = redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock, target=target)
        same = {"grace_seconds": 10, "target": target}
        second = rotate(grants, issued.refresh_token, clock, **same)
        stolen = {**same, "target": replace(target, binding=OTHER)}
        assert rotate(grants, issued.refresh_token, clock, **same, client_id="stranger") is None
        assert rotate(grants, issued.refresh_token, clock, **stolen) == Mismatch("binding")
        assert rotate(grants, issued.refresh_token, clock, **same).refresh_token == second.refresh_token

    def test_without_grace_every_reuse_is_a_replay(self, grants: Grants, issued, clock):
        assert isinstance(rotate(grants, issued.refresh_token, clock), Issued)
        assert rotate(grants, issued.refresh_token, clock) == Replayed(issued.grant.id)

    def test_a_revoked_grant_knows_no_grace(self, grants: Grants, issued, clock):
        second = rotate(grants, issued.refresh_token, clock, grace_seconds=10)
        assert grants.revoke(second.refresh_token, client_id="rp", now=clock.now())
        assert rotate(grants, issued.refresh_token, clock, grace_seconds=10) is None


class IssuedElsewhereContract(InASession):
    """Grants without a browser session, and tokens in other hands."""

    def new(self, clock, **changes) -> NewGrant:
        made = NewGrant.approved(release(), facts(clock), ("openid", "profile"), resources=(FUND,), details=DETAILS)
        return replace(made, **changes)

    def issue(self, grants: Grants, clock, refresh_seconds=86400, audience=FUND, binding=None, **changes) -> Issued:
        return grants.issue(
            self.new(clock, **changes), access_seconds=300, refresh_seconds=refresh_seconds, now=clock.now(),
            audience=audience, binding=binding,
        )  # fmt: skip

    def test_it_is_a_grant_like_any_other(self, grants: Grants, clock):
        issued = self.issue(grants, clock, binding=KEY)
        inspected = found(grants, issued.access_token, clock)
        assert (inspected.grant, inspected.access) == (issued.grant, issued.access)
        grant = inspected.grant
        assert (grant.citizen_id, grant.sub, grant.level, grant.amr) == ("citizen-1", "sub-1", 2, ("pwd", "otp"))
        assert (grant.claims, grant.details, grant.resources) == (SEALED, DETAILS, (FUND,))
        assert (inspected.access.audience, inspected.access.binding) == (FUND, KEY)
        assert isinstance(rotate(grants, issued.refresh_token, clock, target=Target(binding=KEY)), Issued)

    def test_it_ends_with_everything_of_its_citizen_or_of_its_client(self, sessions, grants: Grants, clock):
        one, two = self.issue(grants, clock), self.issue(grants, clock, client_id="rp2")
        assert grants.revoke_client("citizen-1", "rp", now=clock.now()) == 1
        assert grants.inspect(one.access_token, now=clock.now()) is None
        sessions.end_all("citizen-1", now=clock.now())
        assert grants.inspect(two.access_token, now=clock.now()) is None

    def test_nothing_of_it_lives_longer_than_it_may_in_all(self, grants: Grants, clock):
        issued = self.issue(grants, clock, life_seconds=400)
        clock.advance(200)
        assert rotate(grants, issued.refresh_token, clock).expires_in == 200

    def test_a_machine_has_no_citizen_and_its_grants_do_not_grow_without_end(self, grants: Grants, clock):
        machine = {"citizen_id": "", "refresh_seconds": None, "sub": "rp", "claims": b""}
        issued = [self.issue(grants, clock, **machine) for _ in range(520)]
        assert issued[0].refresh_token is None
        alive = [grants.inspect(each.access_token, now=clock.now()) is not None for each in issued]
        assert alive.count(True) == 512
        assert alive[-1]
        assert found(grants, issued[-1].access_token, clock).grant.citizen_id == ""

    def test_a_handle_finds_and_revokes_a_token_and_is_none(self, grants: Grants, clock):
        issued = self.issue(grants, clock)
        assert grants.inspect(issued.handle.text, now=clock.now()) is None
        assert found(grants, issued.handle, clock).access == issued.access
        assert grants.revoke(issued.handle, client_id="rp", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is None
        assert grants.inspect(replace(issued.handle, text="rubbish"), now=clock.now()) is None

    def delegate(self, grants: Grants, token, clock, seconds=300, **changes) -> Issued | None:
        to = Delegation("portal", TAX, ("openid",), ("portal",), **changes)
        return grants.delegate(token, to, access_seconds=seconds, now=clock.now())

    def test_a_delegated_token_is_in_other_hands_for_another_place(self, grants: Grants, clock):
        issued = self.issue(grants, clock)
        other = self.delegate(grants, issued.access_token, clock, binding=KEY)
        inspected = found(grants, other.access_token, clock)
        assert inspected.grant == replace(issued.grant, scope=("openid",))
        access = inspected.access
        assert (access.client_id, access.audience, access.actors) == ("portal", TAX, ("portal",))
        assert access.binding == KEY
        assert not grants.revoke(other.access_token, client_id="rp", now=clock.now())
        assert grants.revoke(other.access_token, client_id="portal", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is not None

    def test_a_delegated_token_never_outlives_its_origin_and_ends_with_the_grant(self, grants: Grants, clock):
        issued = self.issue(grants, clock)
        clock.advance(100)
        other = self.delegate(grants, issued.handle, clock)
        assert other.expires_in == 200
        further = self.delegate(grants, other.access_token, clock, seconds=50)
        assert further.expires_in == 50
        grants.revoke(issued.refresh_token, client_id="rp", now=clock.now())
        assert grants.inspect(further.access_token, now=clock.now()) is None
        assert self.delegate(grants, issued.access_token, clock) is None

    def test_delegated_tokens_push_out_none_of_the_clients_own(self, grants: Grants, clock):
        issued = self.issue(grants, clock)
        others = [self.delegate(grants, issued.access_token, clock) for _ in range(30)]
        alive = [grants.inspect(each.access_token, now=clock.now()) is not None for each in others]
        assert alive == [False] * 6 + [True] * 24
        assert grants.inspect(issued.access_token, now=clock.now()) is not None
