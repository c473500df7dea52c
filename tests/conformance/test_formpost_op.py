"""Form Post OP: oidcc-formpost-basic-certification-test-plan, every module of the Basic plan with another mode."""

from tests.conformance.test_basic_op import BasicPlan


class TestFormPostOp(BasicPlan):
    """What a browser posts to the client carries what an address would."""

    mode = "form_post"

    def test_the_mode_is_announced(self, rp):
        assert "form_post" in rp.metadata["response_modes_supported"]
