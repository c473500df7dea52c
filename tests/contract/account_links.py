"""What every implementation of :class:`idp.domain.ports.AccountLinks` must do.

``class TestLinks(AccountLinksContract): ...`` wants fixtures ``account_links`` and ``citizens``.
"""

import dataclasses

import pytest

from idp.domain.account_channel import UpstreamAccount
from idp.domain.errors import LastWayIn, LinkPresent, LinkTaken, SignInRefused
from idp.domain.ports import AccountLink, AccountLinks, Citizens
from tests.contract.lasting import NOW, new_citizen, race

ALIPAY = UpstreamAccount("alipay_account", "2021000000000001", "open_id", "0" * 47)
WECHAT = UpstreamAccount("wechat_realname", "", "unionid", "u" * 28)


class AccountLinksContract:
    """Links: found by all four parts, held by one citizen, gone when they are taken away."""

    def open(self, citizens: Citizens) -> str:
        new = new_citizen()
        citizens.open(new)
        return new.id

    def test_a_link_is_found_by_its_upstream_account(self, account_links: AccountLinks, citizens: Citizens):
        citizen = self.open(citizens)
        made = account_links.link("l1", citizen, ALIPAY, now=NOW)
        assert made == AccountLink("l1", citizen, "alipay_account", NOW)
        assert account_links.find(ALIPAY) == made
        assert account_links.by_id("l1") == made
        assert account_links.of_citizen(citizen) == (made,)

    @pytest.mark.parametrize(
        "changed", [{"channel": "wechat_realname"}, {"app": "2"}, {"kind": "user_id"}, {"id": "1" * 47}], ids=str
    )
    def test_an_account_that_differs_in_one_part_is_a_stranger(self, account_links, citizens, changed):
        account_links.link("l1", self.open(citizens), ALIPAY, now=NOW)
        assert account_links.find(dataclasses.replace(ALIPAY, **changed)) is None

    def test_the_parts_do_not_run_into_one_another(self, account_links, citizens):
        account_links.link("l1", self.open(citizens), UpstreamAccount("c", "a", "k", "bx"), now=NOW)
        for other in (("c", "a", "kb", "x"), ("c", "ak", "", "bx"), ("c", 'a", "k', "", "bx"), ("ca", "", "k", "bx")):
            assert account_links.find(UpstreamAccount(*other)) is None

    def test_an_upstream_account_belongs_to_one_citizen(self, account_links, citizens):
        first, second = self.open(citizens), self.open(citizens)
        account_links.link("l1", first, ALIPAY, now=NOW)
        with pytest.raises(LinkTaken) as told:
            account_links.link("l2", second, ALIPAY, now=NOW)
        assert first not in str(told.value)
        assert account_links.find(ALIPAY).citizen_id == first
        assert account_links.of_citizen(second) == ()

    def test_twenty_citizens_at_once_find_one_holder(self, account_links, citizens):
        people = [self.open(citizens) for _ in range(20)]
        got = race(20, lambda i: account_links.link(f"l{i}", people[i], ALIPAY, now=NOW))
        won = [each for each in got if isinstance(each, AccountLink)]
        assert len(won) == 1
        assert {type(each) for each in got if each not in won} == {LinkTaken}
        assert account_links.find(ALIPAY) == won[0]

    def test_the_same_link_again_is_the_one_that_stands(self, account_links, citizens):
        citizen = self.open(citizens)
        account_links.link("l1", citizen, ALIPAY, now=NOW)
        assert account_links.link("l2", citizen, ALIPAY, now=NOW + 5).id == "l1"
        assert len(account_links.of_citizen(citizen)) == 1

    def test_a_citizen_has_one_link_a_channel_also_of_ten_at_once(self, account_links, citizens):
        citizen = self.open(citizens)
        accounts = [dataclasses.replace(ALIPAY, id=str(n)) for n in range(10)]
        got = race(10, lambda i: account_links.link(f"l{i}", citizen, accounts[i], now=NOW))
        assert [type(each) for each in got].count(LinkPresent) == 9
        account_links.link("w", citizen, WECHAT, now=NOW + 1)
        assert [each.channel for each in account_links.of_citizen(citizen)] == ["alipay_account", "wechat_realname"]

    def test_nobody_and_a_disabled_citizen_get_no_link(self, account_links, citizens):
        citizen = self.open(citizens)
        citizens.disable(citizen, now=NOW)
        for nobody in (citizen, "unknown"):
            with pytest.raises(SignInRefused):
                account_links.link("l1", nobody, ALIPAY, now=NOW)
        assert account_links.find(ALIPAY) is None

    def test_a_link_remembers_when_it_was_used(self, account_links, citizens):
        account_links.link("l1", self.open(citizens), ALIPAY, now=NOW)
        account_links.used("l1", now=NOW + 60)
        assert account_links.find(ALIPAY).last_used_at == NOW + 60

    def test_what_is_unlinked_is_found_no_more_and_free_for_its_next_owner(self, account_links, citizens):
        first, second = self.open(citizens), self.open(citizens)
        account_links.link("l1", first, ALIPAY, now=NOW)
        assert account_links.unlink(first, "l1", may_be_last=True)
        assert account_links.find(ALIPAY) is account_links.by_id("l1") is None
        assert not account_links.unlink(first, "l1", may_be_last=True)
        assert account_links.link("l2", second, ALIPAY, now=NOW).citizen_id == second

    def test_nobody_unlinks_what_belongs_to_another(self, account_links, citizens):
        first, second = self.open(citizens), self.open(citizens)
        account_links.link("l1", first, ALIPAY, now=NOW)
        assert not account_links.unlink(second, "l1", may_be_last=True)
        assert account_links.find(ALIPAY).id == "l1"

    def test_the_last_one_stays_where_it_must_also_of_two_that_go_at_once(self, account_links, citizens):
        citizen = self.open(citizens)
        account_links.link("l0", citizen, ALIPAY, now=NOW)
        account_links.link("l1", citizen, WECHAT, now=NOW)
        got = race(2, lambda i: account_links.unlink(citizen, f"l{i}", may_be_last=False))
        assert sorted(type(each) for each in got if each is not True) == [LastWayIn]
        assert len(account_links.of_citizen(citizen)) == 1

    def test_all_links_of_one_citizen_die_together_and_no_others(self, account_links, citizens):
        first, second = self.open(citizens), self.open(citizens)
        account_links.link("l0", first, ALIPAY, now=NOW)
        account_links.link("l1", first, WECHAT, now=NOW)
        account_links.link("l2", second, dataclasses.replace(WECHAT, id="v"), now=NOW)
        assert {each.id for each in account_links.unlink_all(first)} == {"l0", "l1"}
        assert account_links.unlink_all(first) == account_links.of_citizen(first) == ()
        assert len(account_links.of_citizen(second)) == 1
