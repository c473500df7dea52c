"""Twenty thousand requests by the description (``make fuzz``), two thousand in every run of the tests: never a 5xx.

Every answer must be one that the description knows: status, media type, schema. The number of an operation seeds it, so a
failing request comes again.
"""

from collections import Counter
from random import Random

import pytest
from werkzeug.test import Client

from idp.web.openapi import OPERATIONS, document
from tests.described import Description, NotDescribed
from tests.fuzz.doors import Doors
from tests.fuzz.requests import Sent, generated, operations, spoiled
from tests.provider import ISSUER, Provider

DOCUMENT = document(ISSUER)
NAMES = [f"{each.method} {each.path}" for each in OPERATIONS]


@pytest.mark.parametrize("name", NAMES)
def test_no_request_whatever_makes_a_fault(provider: Provider, name: str, fuzz_requests: int, capsys):
    number = NAMES.index(name)
    operation = next(each for each in operations(DOCUMENT) if f"{each.method} {each.path}" == name)
    random = Random(number)
    doors, description, seen = Doors(provider, random), Description(DOCUMENT), Counter[int]()
    for place, sent in enumerate(generated(operation, fuzz_requests // len(NAMES), number)):
        request = spoiled(doors.opened(sent), random)
        arguments = request.arguments()
        client = doors.browser.http if random.random() < 0.5 else Client(provider.app.wsgi_app)
        address = {"REMOTE_ADDR": f"198.51.{place // 250 % 250}.{place % 250}"}
        response = client.open(**arguments, base_url=ISSUER, environ_base=address)
        assert response.status_code < 500, (response.status_code, arguments)
        _as_described(description, request, response, arguments)
        seen[response.status_code] += 1
        if place % 50 == 0:
            provider.clock.advance(7)
    with capsys.disabled():
        if fuzz_requests > 2_000:
            print(f"\n{name}: {sum(seen.values())} requests, answers {dict(sorted(seen.items()))}")  # noqa: T201


def _as_described(description: Description, request: Sent, response, arguments) -> None:
    if request.method in {"OPTIONS", "TRACE", "PROPFIND"}:
        assert response.status_code in {200, 204, 400, 405}, arguments
        return
    # HEAD is answered like GET, or told not to be: a look would use an authorization request up.
    looked = request.method == "HEAD" and response.status_code != 405
    method = "GET" if looked else request.method
    try:
        description.check(method, request.path, response)
    except NotDescribed as error:
        raise AssertionError(f"{error}\n{arguments}") from None
