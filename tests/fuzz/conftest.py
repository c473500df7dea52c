"""How many requests: ``pytest tests/fuzz --fuzz-requests 20000``."""

import pytest


@pytest.fixture
def fuzz_requests(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--fuzz-requests"))
