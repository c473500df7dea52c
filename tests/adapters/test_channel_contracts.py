"""Every registered channel has its contract suite, and is registered under its own name."""

import adapters
from adapters.sandbox import channel_settings
from tests.adapters import (
    test_alipay_account,
    test_business_registry,
    test_carrier_three_element,
    test_counter_verify,
    test_local_face,
    test_police_population,
    test_social_security,
    test_unionpay_card,
    test_wechat_realname,
    test_zhima_face,
)
from tests.adapters.rigs import SANDBOX, World
from tests.contract.channel import ChannelContract

SUITES = (
    test_alipay_account,
    test_business_registry,
    test_carrier_three_element,
    test_counter_verify,
    test_local_face,
    test_police_population,
    test_social_security,
    test_unionpay_card,
    test_wechat_realname,
    test_zhima_face,
)


def suites() -> set[type[ChannelContract]]:
    found: set[type[ChannelContract]] = set()
    unseen = [ChannelContract]
    while unseen:
        cls = unseen.pop()
        unseen += cls.__subclasses__()
        found.add(cls)
    return {cls for cls in found if cls.__name__.startswith("Test")}


def test_every_registered_channel_inherits_the_contract():
    assert {cls.channel_name for cls in suites()} == set(adapters.CHANNELS)


def test_every_registered_channel_opens_with_the_sandbox_settings_under_its_own_name():
    values = channel_settings(SANDBOX)
    for name, factory in adapters.CHANNELS.items():
        assert factory(values[name], World().around()).facts.name == name
