"""Every path of the police services under one prefix (channels.md 3.7)."""

from flask import Blueprint

from adapters.sandbox import exchange, nciic, services, shares
from adapters.sandbox.exchange import Gates
from adapters.sandbox.house import House


def blueprint(house: House) -> Blueprint:
    """The police services and the platforms before them."""
    police = Blueprint("police", __name__, url_prefix="/police")
    gates = Gates(house)
    exchange.mount(police, house, gates)
    services.mount(police, house, gates)
    shares.mount(police, house, gates)
    nciic.mount(police, house)
    return police
