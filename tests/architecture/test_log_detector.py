"""The detector itself must find what it is for."""

import pytest

from tests.conftest import personal_data_in


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "x", "name": "张三"}',
        '{"event": "x", "number": "370102190103070012"}',
        '{"event": "x", "number": "37010219040404001x"}',
        '{"event": "x", "mobile": "19912345678"}',
        '{"event": "x", "mobile": "+8613812345678"}',
        '{"event": "\\u5f20\\u4e09"}',
    ],
)
def test_the_detector_finds_personal_data(line):
    assert personal_data_in(line)


@pytest.mark.parametrize("line", ['{"event": "signed_in", "id": "0f3a"}', "370102190103070013", "2025-01-01T00:00:00"])
def test_the_detector_is_quiet_about_everything_else(line):
    assert not personal_data_in(line)
