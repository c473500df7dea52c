"""What holds for every test: logs are caught, and a detector fails the test when personal data stands in them."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from stdnum.cn import ric

pytest_plugins = ["tests.provider", "tests.postgres"]

# How long an example takes says something about the machine, nothing about the code.
settings.register_profile("yihaotong", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
# `pytest --hypothesis-profile=thorough`: for whoever changed a parser, or has the night.
settings.register_profile("thorough", settings.get_profile("yihaotong"), max_examples=1000)
settings.load_profile("yihaotong")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How hard the endpoints are fuzzed."""
    parser.addoption("--fuzz-requests", type=int, default=2_000, help="requests to the described endpoints, in all")


PERSONAS = json.loads((Path(__file__).parent / "vectors/channels/personas.json").read_text(encoding="utf-8"))["people"]
KNOWN = {row[key] for row in PERSONAS for key in ("name", "id18", "id15", "phone", "pan") if row.get(key)}
NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86)?1[3-9]\d{9}(?![0-9A-Za-z])")


class PersonalDataLogged(AssertionError):
    """A log line holds personal data."""


def personal_data_in(text: str) -> set[str]:
    """What of ``text`` is a person's: known names and numbers, and anything with a valid check character."""
    numbers = {n for n in NUMBER.findall(text) if n[-1].upper() == ric.calc_check_digit(n.upper())}
    readable = text.encode().decode("unicode_escape", errors="ignore") if "\\u" in text else text
    return {each for each in KNOWN if each in text or each in readable} | numbers | set(MOBILE.findall(text))


@pytest.fixture(autouse=True)
def _logs_hold_nothing_personal(caplog: pytest.LogCaptureFixture):
    """Run the detector over everything that was logged, by structlog and by logging alike."""
    lines = io.StringIO()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(lines),
        cache_logger_on_first_use=False,
    )
    caplog.set_level(logging.DEBUG)
    yield lines
    found = personal_data_in(lines.getvalue()) | personal_data_in(caplog.text)
    if found:
        raise PersonalDataLogged(f"{len(found)} personal values in the log of this test")
