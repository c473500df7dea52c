"""The settings of the judge: what is certified, and what makes no sense."""

import pytest
from pydantic import ValidationError

from adapters.face_judge import FaceJudgeSettings, create


def test_without_a_model_nothing_is_certified():
    one = create(FaceJudgeSettings(processes=2, waiting=5, nice=3))
    assert one.certified is False
    assert (one._pool.processes, one._pool.waiting, one._pool.nice, one._pool.model) == (2, 5, 3, None)
    assert one._pool._idle == []
    one.close()


def test_with_a_model_it_is(tmp_path):
    (tmp_path / "network.onnx").write_bytes(b"x")
    one = create(FaceJudgeSettings(model=tmp_path / "network.onnx", sha256="ab" * 32))
    assert one.certified is True
    assert (one._pool.model, one._pool.sha256) == (tmp_path / "network.onnx", "ab" * 32)


def test_a_model_that_is_not_there_is_said_at_the_start(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        create(FaceJudgeSettings(model=tmp_path / "network.onnx", sha256="ab" * 32))


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "network.onnx"},
        {"sha256": "ab" * 32},
        {"model": "network.onnx", "sha256": "ab"},
        {"processes": 0},
        {"waiting": -1},
        {"nice": -1},
        {"nice": 20},
        {"threads": 3},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        FaceJudgeSettings(**wrong)
