"""create_app: every object of the provider is built here, from what it is given; nothing else builds objects.

Settings, clients, channels, stores, vault, clock and randomness are arguments, so a test builds the whole provider with
its own. Returns Flask's application; its ``wsgi_app`` begins with :class:`idp.web.entry.Entry`.
"""

from collections.abc import Mapping

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from idp.domain import face_channels
from idp.domain.account_channel import AccountChannel
from idp.domain.channel import Channel
from idp.domain.claims import Scope
from idp.domain.client import Clients
from idp.given import Stores, Vault, World
from idp.journey.conductor import Conductor, Lives
from idp.oidc.discovery import metadata
from idp.oidc.id_token import IdTokens
from idp.oidc.jws import HintReader, Minter
from idp.oidc.logout_tokens import LogoutTokens
from idp.oidc.security_events import SecurityEventTokens
from idp.oidc.server import Server
from idp.oidc.tokens import TokenDesk
from idp.oidc.userinfo import UserInfo
from idp.people.account import Account
from idp.people.announcements import Announcements
from idp.people.bounded_sms import BoundedSms
from idp.people.captures import Captures
from idp.people.consequences import Consequences
from idp.people.disputing import Disputing
from idp.people.enrol import Enrolling
from idp.people.expiry import ExpiryWatch
from idp.people.face_consent import FaceConsents
from idp.people.face_factor import FaceFactor
from idp.people.factor_setups import FACE, FactorSetups
from idp.people.guarding import Guarding
from idp.people.handover import Handovers
from idp.people.link_proofs import LinkProofs
from idp.people.linking import Linking
from idp.people.merging import Merging
from idp.people.operators import Operators
from idp.people.prove import Proving
from idp.people.second_factor import SecondFactors
from idp.people.second_ways import SecondWays
from idp.people.sign_in import SigningIn
from idp.people.texted_codes import TextedCodes
from idp.people.upstream_sign_in import UpstreamSignIn
from idp.settings import Settings
from idp.web import authorize_page, cookies, end_session, pages
from idp.web.authorize import AuthorizeEndpoint
from idp.web.context import Services
from idp.web.couriers import LogoutCourier, PushCourier, couriers
from idp.web.endpoints import table
from idp.web.entry import Entry
from idp.web.event_delivery import EventDelivery
from idp.web.logout_notices import LogoutNotices

MAX_PAGE_BODY = 65_536
REQUEST_ID_BYTES = 8


def create_app(
    settings: Settings, clients: Clients, channels: Mapping[str, Channel], stores: Stores, vault: Vault, world: World
) -> Flask:
    """The provider. Raises ValueError when the settings, or its judge of faces, are for development alone."""
    if faults := settings.faults():
        raise ValueError("; ".join(faults))
    if not settings.development and (faults := face_channels.faults(channels, world.judge)):
        raise ValueError("; ".join(faults))
    channels = face_channels.offered(channels, world.judge)
    app = Flask(__name__, template_folder="web/templates", static_folder=None)
    app.config.update(
        SECRET_KEY=vault.cookie_secret,
        SESSION_COOKIE_NAME=cookies.name(cookies.BROWSER, settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=MAX_PAGE_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_PAGE_BODY,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
    )
    conductor = _conductor(settings, clients, channels, stores, vault, world)
    minter = Minter(vault.keys)
    hints = HintReader(vault.keys, settings.issuer)
    delivery = _delivery(settings, clients, stores, world, minter)
    services = _services(settings, clients, channels, stores, vault, world, conductor, delivery)
    app.extensions["yihaotong"] = services
    csrf = CSRFProtect(app)
    pages.mount(app, services)
    authorize_page.mount(app, csrf)
    end_session.mount(app, csrf, clients, hints)

    desk = TokenDesk(
        grants=stores.grants,
        id_tokens=IdTokens(settings.issuer, minter, vault.records, life=settings.id_token_life),
        outbox=stores.outbox,
        clock=world.clock,
        randomness=world.randomness,
        access_life=settings.access_token_life,
        refresh_life=settings.refresh_token_life,
    )
    server = Server(clients, desk, [scope.value for scope in Scope])
    endpoints = table(
        metadata=metadata(settings.issuer, [channel.facts for channel in channels.values()]),
        server=server,
        userinfo=UserInfo(stores.grants, clients, vault.records, world.clock),
        authorize=AuthorizeEndpoint(server, hints, conductor, settings),
        keys=vault.keys,
        ready=world.ready,
    )
    new_request_id = lambda: world.randomness.hex(REQUEST_ID_BYTES)  # noqa: E731  a name for a one-word call
    inner = app.wsgi_app
    if settings.trusted_proxies:
        inner = ProxyFix(inner, x_for=settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0)
    app.wsgi_app = Entry(endpoints, inner, settings.issuer, new_request_id)  # type: ignore[method-assign]
    return app


def _conductor(
    settings: Settings, clients: Clients, channels: Mapping[str, Channel], stores: Stores, vault: Vault, world: World
) -> Conductor:
    return Conductor(
        journeys=stores.journeys,
        limits=stores.limits,
        sessions=stores.sessions,
        citizens=stores.citizens,
        consents=stores.consents,
        clients=clients,
        cipher=vault.records,
        clock=world.clock,
        randomness=world.randomness,
        lives=Lives(
            journey=settings.journey_life,
            code=settings.code_life,
            grant=settings.access_token_life + settings.code_life,
        ),
        channels={name: channel.facts for name, channel in channels.items()},
    )


def _delivery(settings: Settings, clients: Clients, stores: Stores, world: World, minter: Minter) -> EventDelivery:
    return EventDelivery(
        events=stores.events,
        clients=clients,
        couriers=couriers(
            LogoutCourier(LogoutTokens(settings.issuer, minter, world.clock, world.randomness), world.post),
            PushCourier(
                SecurityEventTokens(settings.issuer, minter, world.clock),
                world.push,
                {name: token.get_secret_value() for name, token in settings.push_tokens.items()},
            ),
        ),
        outbox=stores.outbox,
        clock=world.clock,
        randomness=world.randomness,
        life_seconds=settings.event_life,
    )


def _services(
    settings: Settings, clients: Clients, channels: Mapping[str, Channel], stores: Stores, vault: Vault, world: World,
    conductor: Conductor, delivery: EventDelivery,
) -> Services:  # fmt: skip
    clock, randomness = world.clock, world.randomness
    announcements = Announcements(
        stores.citizens, stores.consents, clients, stores.events, clock, randomness, conductor.subject, delivery.wake
    )
    consequences = Consequences(
        stores.sessions, stores.consents, stores.account_links, announcements, stores.outbox, clock, randomness
    )
    notices = LogoutNotices(
        clients=clients, events=stores.events, delivery=delivery, clock=clock, randomness=randomness
    )
    guarding = Guarding(
        stores.citizens, stores.guardianships, stores.guardian_codes, stores.limits, stores.outbox, clock, randomness
    )
    signing_in = SigningIn(
        stores.citizens, stores.credentials, stores.limits, vault.passwords, vault.totp, stores.outbox, clock,
        randomness,
    )  # fmt: skip
    account = Account(
        stores.citizens, stores.consents, stores.sessions, stores.grants, stores.audit, stores.outbox, clients, clock,
        randomness,
    )  # fmt: skip
    sms = BoundedSms(world.sms, stores.limits, clock)
    second_factors = SecondFactors(
        stores.citizens, stores.credentials, FactorSetups(stores.setups, stores.codes, clock, randomness),
        stores.codes, vault.totp, sms, signing_in, account, announcements, stores.limits, stores.outbox, clock,
        randomness,
    )  # fmt: skip
    face_consent = FaceConsents(stores.faces, stores.credentials, second_factors, stores.outbox, clock, randomness)
    captures = Captures(
        world.judge, stores.captures, stores.limits, stores.outbox, clock, randomness
    ) if world.judge else None  # fmt: skip
    texts = TextedCodes(stores.codes, sms, stores.outbox, clock, randomness)
    accounts = {name: each for name, each in channels.items() if isinstance(each, AccountChannel)}
    return Services(
        settings=settings,
        clients=clients,
        sessions=stores.sessions,
        conductor=conductor,
        enrolling=Enrolling(
            stores.citizens, stores.codes, stores.limits, world.sms, vault.passwords, stores.outbox, clock, randomness
        ),
        signing_in=signing_in,
        second_factors=second_factors,
        second_ways=SecondWays(
            stores.citizens, stores.credentials, stores.faces, captures, texts, stores.limits, stores.outbox, clock,
            randomness,
        ),
        face_consent=face_consent,
        face_factor=FaceFactor(
            stores.citizens, stores.credentials, stores.faces, face_consent,
            FactorSetups(stores.setups, stores.codes, clock, randomness, FACE), texts,
            frozenset(name for name, each in channels.items() if each.facts.own_camera), stores.limits, stores.outbox,
            clock, randomness,
        ),
        upstream=UpstreamSignIn(
            accounts, stores.linking, stores.account_links, signing_in, stores.limits, stores.outbox, clock, randomness,
        ),
        linking=Linking(
            stores.account_links, LinkProofs(stores.linking, stores.codes, clock, randomness), stores.credentials,
            stores.sessions, stores.limits, stores.outbox, clock, randomness,
        ),
        proving=Proving(
            channels, stores.attempts, stores.citizens, stores.limits, stores.outbox, clock, randomness, consequences,
            guarding, stores.channel_states, settings.daily_quotas,
        ),
        captures=captures,
        handovers=Handovers(stores.handovers, clock, randomness),
        guarding=guarding,
        disputing=Disputing(stores.citizens, stores.limits, consequences),
        operators=Operators(stores.citizens, stores.merges, stores.guardianships, consequences),
        merging=Merging(
            stores.citizens, stores.consents, stores.merges, stores.sessions, clients, announcements, stores.outbox,
            clock, randomness, stores.faces,
        ),
        account=account,
        notices=notices,
        announcements=announcements,
        delivery=delivery,
        expiry=ExpiryWatch(
            expiries=stores.expiries, citizens=stores.citizens, announcements=announcements,
            consequences=consequences, limits=stores.limits, tell=notices.send, clock=clock,
        ),
        clock=clock,
        randomness=randomness,
    )  # fmt: skip
