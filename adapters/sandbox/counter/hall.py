"""The hall as one blueprint: the provider's calls and the officers' pages over the same appointments."""

from flask import Blueprint

from adapters.sandbox.counter import api, desk
from adapters.sandbox.counter.cases import Cases
from adapters.sandbox.house import House


def blueprint(house: House) -> Blueprint:
    """``/counter/v1`` for the provider, ``/counter/desk`` for the officers."""
    counter = Blueprint("counter", __name__, url_prefix="/counter")
    cases = Cases(house)
    api.mount(counter, house, cases)
    desk.mount(counter, house, cases)
    return counter
