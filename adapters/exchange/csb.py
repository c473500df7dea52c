"""The CSB convention (channels.md 3.6): one lasting key signs every parameter, the person's fields among them."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from adapters import signatures
from adapters.exchange.customer import Customer
from adapters.http import Request
from idp.domain.ports import Clock

PATH: Final = "/CSB"
_FORM: Final = "application/x-www-form-urlencoded; charset=UTF-8"


def request(customer: Customer, clock: Clock, *, api_name: str, api_version: str, fields: Mapping[str, str]) -> Request:
    """A signed form, of now. The signature covers ``fields``, so it cannot be made beforehand."""
    parameters = {
        "_api_access_key": customer.app_id,
        "_api_name": api_name,
        "_api_timestamp": str(int(clock.now() * 1000)),
        "_api_version": api_version,
        **fields,
    }
    parameters["_api_signature"] = signatures.csb_sign(customer.key, parameters)
    return Request(PATH, urlencode(parameters).encode("ascii"), {"Content-Type": _FORM})
