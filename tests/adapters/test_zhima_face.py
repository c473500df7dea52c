"""``zhima_face`` against the channel contract."""

import pytest

from idp.domain.channel import Reason
from tests.adapters.ant import ZHIMA, rig_of
from tests.contract.channel import DISTRUSTED_MODES, ChannelContract, Person


class TestZhimaFace(ChannelContract):
    channel_name = ZHIMA
    # An initialize or a query answer echoes no number of ours: an old one cannot be told from a new one.
    distrusted_modes = tuple(mode for mode in DISTRUSTED_MODES if mode != "stale")

    @pytest.fixture
    def rig(self):
        return rig_of(
            ZHIMA,
            wrong=[
                Person({"face": "other"}, refused_for=frozenset({Reason.MISMATCH_FACE})),
                Person({"face": "cancel"}, refused_for=frozenset({Reason.MISMATCH_FACE})),
                Person({"face": "mine", "delay": "never"}, refused_for=frozenset({Reason.MISMATCH_FACE})),
            ],
            unprintable=[],
        )
