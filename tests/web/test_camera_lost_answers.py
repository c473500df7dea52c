"""What was decided before the camera is not lost by a fault of ours that comes after it."""

from typing import Any

import pytest

from idp.domain.errors import StoreUnavailable
from idp.people.captures import Captures
from tests.provider import Provider
from tests.web.test_camera import Camera, judge, provider

__all__ = ["judge", "provider"]


def test_a_store_that_fails_after_a_success_takes_nobody_out_of_their_session(
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
):
    camera = Camera(provider)
    run = camera.run()

    def end(*_given: Any) -> None:
        raise StoreUnavailable("redis: timed out")

    monkeypatch.setattr(Captures, "end", end)
    answer = camera.picture(run)
    assert answer.status_code == 200
    assert camera.proofs() == 1
    assert camera.browser.get("/account").status_code == 200
