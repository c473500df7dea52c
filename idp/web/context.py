"""What pages and endpoints are given: every service, built once by :func:`idp.app.create_app`."""

from dataclasses import dataclass

from flask import current_app

from idp.client_directory import ClientDirectory
from idp.domain.ports import Clock, Randomness, Sessions
from idp.journey.conductor import Conductor
from idp.people.account import Account
from idp.people.announcements import Announcements
from idp.people.approvals import Approvals
from idp.people.captures import Captures
from idp.people.disputing import Disputing
from idp.people.enrol import Enrolling
from idp.people.expiry import ExpiryWatch
from idp.people.face_consent import FaceConsents
from idp.people.face_factor import FaceFactor
from idp.people.guarding import Guarding
from idp.people.handover import Handovers
from idp.people.linking import Linking
from idp.people.merging import Merging
from idp.people.operators import Operators
from idp.people.prove import Proving
from idp.people.representing import Representing
from idp.people.second_factor import SecondFactors
from idp.people.second_ways import SecondWays
from idp.people.sign_in import SigningIn
from idp.people.upstream_sign_in import UpstreamSignIn
from idp.settings import Settings
from idp.web.approval_notices import ApprovalNotices
from idp.web.event_delivery import EventDelivery
from idp.web.logout_notices import LogoutNotices


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms' services as ``web`` uses them."""

    settings: Settings
    clients: ClientDirectory
    sessions: Sessions
    conductor: Conductor
    enrolling: Enrolling
    signing_in: SigningIn
    second_factors: SecondFactors
    second_ways: SecondWays
    face_consent: FaceConsents
    face_factor: FaceFactor
    upstream: UpstreamSignIn
    linking: Linking
    proving: Proving
    captures: Captures | None
    handovers: Handovers
    approvals: Approvals
    approval_notices: ApprovalNotices
    account: Account
    representing: Representing
    disputing: Disputing
    guarding: Guarding
    merging: Merging
    operators: Operators
    notices: LogoutNotices
    announcements: Announcements
    delivery: EventDelivery
    expiry: ExpiryWatch
    clock: Clock
    randomness: Randomness


def services() -> Services:
    """The services of the application that serves this request."""
    found = current_app.extensions["yihaotong"]
    assert isinstance(found, Services)  # noqa: S101  narrows Flask's untyped registry
    return found
