"""The WeChat channel in its two modes under the contract, and whatever its upstream may say."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.credentials import ISSUED
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Outcome, Reason, Rejected, Scan, Verified
from idp.domain.errors import ChannelError
from tests.adapters.rigs import World, streamed
from tests.adapters.wechat import (
    LI_SI,
    MISSING,
    NAME,
    ZHANG_SAN,
    PhoneRig,
    before_the_camera,
    channel_of,
    fresh,
    resume,
    show,
)
from tests.contract.channel import ANY_INPUT, DISTRUSTED_MODES, ChannelContract, Person

LETTERS = {"ref": "0" * 32, "match": "47"}
STAGES = {
    "nobody has scanned": LETTERS,
    "scanned": LETTERS | {"openid": "oTEST00000000000000000000001"},
    "face under way": LETTERS
    | {"openid": "oTEST00000000000000000000001", "out_seq_no": "1" * 32, "verify_id": "v_" + "2" * 32},
    "at the sign-on page": {"state": "3" * 32},
}


class WechatContract(ChannelContract):
    channel_name = NAME
    mode: str
    # WeChat signs no answer.
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m != "bad_signature")

    @pytest.fixture
    def world(self) -> World:
        return World()

    @pytest.fixture
    def rig(self, world: World) -> PhoneRig:
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            if mode == "wrong_cert":
                world.transport.strange = True
                return
            # An old result looks like a new one; an old session does not.
            world.fault("wechat", mode, operation="getverifyid" if mode == "stale" else None)

        def heal() -> None:
            world.transport.down = world.transport.strange = False
            world.heal()
            world.clock.advance(31)  # past an open breaker

        def reply(attempt: Attempt, step: Outcome, person: Person) -> Reply:
            # 409: the phone itself refuses a session that is not of its account (an old session sent again).
            assert show(world, step, person.fields["choice"]) in {200, 303, 409}
            return Reply(attempt.id, attempt.channel, {})

        def wrong(who: str, choice: str, reason: Reason) -> Person:
            return Person({"who": who, "choice": choice}, refused_for=frozenset({reason}))

        return PhoneRig(
            channel=channel_of(world, self.mode),
            clock=world.clock,
            honest=Person({"who": "zhang_san", "choice": "my_face"}, ZHANG_SAN),
            other=Person({"who": "li_si", "choice": "my_face"}, LI_SI),
            wrong=[
                wrong("zhang_san", "other_face", Reason.MISMATCH_FACE),
                wrong("zhang_san", "cancel", Reason.USER_CANCELLED),
                wrong("zhang_san", "deny_camera", Reason.PERMISSION_DENIED),
                wrong("zhang_san", "poor_light", Reason.CAPTURE_FAILED),
                wrong("zhang_san", "too_slow", Reason.TIMEOUT_BY_USER),
                wrong("zhang_san", "old_phone", Reason.DEVICE_UNSUPPORTED),
                wrong("missing", "my_face", Reason.NOT_FOUND),
            ],
            break_upstream=break_upstream,
            heal=heal,
            unprintable=[
                *(value for person in (ZHANG_SAN, LI_SI, MISSING) for value in person.values()),
                "oTEST00000000000000000000001",
                "uTEST00000000000000000000001",
                ISSUED.wechat_app_secret,
                ISSUED.wechat_web_app_secret,
            ],
            deadline_seconds=20,
            reply=reply,
            world=world,
        )

    def test_a_person_who_walks_away_is_waited_for(self, world: World):
        channel = channel_of(world, self.mode)
        attempt, step = before_the_camera(world, channel, ZHANG_SAN)
        assert show(world, step, "walk_away") == 200
        for _ in range(3):
            attempt, step = resume(channel, attempt)
            assert isinstance(step, Scan)
        assert show(world, step, "my_face") == 303
        assert isinstance(resume(channel, attempt)[1], Verified)

    def test_another_person_at_the_own_phone_is_refused_and_leaves_a_mark(self, world: World):
        channel = channel_of(world, self.mode)
        attempt, step = before_the_camera(world, channel, ZHANG_SAN, account="li_si")
        show(world, step, "my_face")
        assert resume(channel, attempt)[1] == Rejected(Reason.MISMATCH_FACE, attempt.keep["out_seq_no"])

    @pytest.mark.parametrize("stage", STAGES)
    def test_any_answer_at_all_ends_in_an_outcome_or_a_channel_error(self, stage: str):
        @ANY_INPUT
        @given(
            status=st.sampled_from([200, 200, 204, 302, 401, 404, 500]),
            body=st.binary(max_size=300) | answers().map(str.encode),
        )
        def holds(status: int, body: bytes) -> None:
            world = World()
            world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
            attempt = fresh(ZHANG_SAN).awaiting(STAGES[stage])
            fields = {"state": "3" * 32, "code": "c"}
            try:
                outcome = channel_of(world, self.mode).resume(attempt, Reply(attempt.id, NAME, fields))
            except ChannelError:
                return
            if isinstance(outcome, Verified):
                assert b"10000" in body
                assert outcome.claims == ZHANG_SAN
            else:
                assert isinstance(outcome, Rejected | Scan)

        holds()


def answers() -> st.SearchStrategy[str]:
    """JSON that looks like WeChat's, with anything in it."""
    names = [
        "errcode",
        "errmsg",
        "access_token",
        "expires_in",
        "openid",
        "unionid",
        "resp_data",
        "verify_id",
        "verify_ret",
    ]
    inner = st.dictionaries(
        st.sampled_from(["state", "ref", "js_code", "match"]), st.sampled_from(["joined", "0" * 32, "47", "é"])
    )
    value = (
        st.none()
        | st.booleans()
        | st.integers(-2, 100)
        | st.sampled_from([0, 7200, 10000, 10003, 10300, 40001, 40029, 42001, 45009, 2**70, 1.5])
        | st.text(max_size=20)
        | inner.map(json.dumps)
    )
    return st.dictionaries(st.sampled_from(names), value, max_size=9).map(json.dumps)


class TestFace(WechatContract):
    mode = "face"


class TestAccountAndFace(WechatContract):
    mode = "account_and_face"
