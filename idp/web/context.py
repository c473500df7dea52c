"""What pages and endpoints are given: every service, built once by :func:`idp.app.create_app`."""

from dataclasses import dataclass

from flask import current_app

from idp.domain.client import Clients
from idp.domain.ports import Clock, Randomness, Sessions
from idp.journey.conductor import Conductor
from idp.people.account import Account
from idp.people.enrol import Enrolling
from idp.people.prove import Proving
from idp.people.sign_in import SigningIn
from idp.settings import Settings
from idp.web.logout_notices import LogoutNotices


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms' services as ``web`` uses them."""

    settings: Settings
    clients: Clients
    sessions: Sessions
    conductor: Conductor
    enrolling: Enrolling
    signing_in: SigningIn
    proving: Proving
    account: Account
    notices: LogoutNotices
    clock: Clock
    randomness: Randomness


def services() -> Services:
    """The services of the application that serves this request."""
    found = current_app.extensions["yihaotong"]
    assert isinstance(found, Services)  # noqa: S101  narrows Flask's untyped registry
    return found
