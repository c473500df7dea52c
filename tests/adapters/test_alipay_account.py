"""``alipay_account`` against the channel contract."""

import pytest

from idp.domain.channel import Reason
from tests.adapters.ant import ALIPAY, LI_SI, rig_of
from tests.contract.channel import DISTRUSTED_MODES, ChannelContract, Person


class TestAlipayAccount(ChannelContract):
    channel_name = ALIPAY
    # A code is spent by its first use, also when the answer comes too late (channels.md 7.5).
    lost_modes = ("slow",)
    # The answers name nobody and echo no number of ours, so an old one and one about somebody else read the same.
    # TLS and the one-time code keep them apart, not the protocol of this product.
    distrusted_modes = tuple(mode for mode in DISTRUSTED_MODES if mode not in {"stale", "wrong_subject"})

    @pytest.fixture
    def rig(self):
        return rig_of(
            ALIPAY,
            wrong=[
                Person(
                    {"account": LI_SI["id_number"], "decision": "agree"},
                    refused_for=frozenset({Reason.MISMATCH_PERSON}),
                ),
                Person({"decision": "refuse"}, refused_for=frozenset({Reason.USER_CANCELLED})),
            ],
            unprintable=["2088000000000001"],
        )
