"""create_app: every object of the provider is built here, from what it is given; nothing else builds objects.

Settings, clients, channels, stores, vault, clock and randomness are arguments, so a test builds the whole provider with
its own. Returns Flask's application; its ``wsgi_app`` begins with :class:`idp.web.entry.Entry`, or
ProxyFix around it where proxies are trusted.
"""

from collections.abc import Mapping

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from idp.assembly import journeys, people, protocol, telling
from idp.client_directory import ClientDirectory
from idp.domain import face_channels
from idp.domain.channel import Channel
from idp.domain.client import Clients
from idp.given import Stores, Vault, World
from idp.oidc.jws import HintReader, Minter
from idp.settings import Settings
from idp.web import authorize_page, cookies, cors, end_session, pages
from idp.web.entry import Entry
from idp.web.subscriptions import Subscriptions

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
    directory = ClientDirectory(clients, stores.registered_clients, world.clock)
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
    conductor = journeys.conductor(settings, directory, channels, stores, vault, world)
    minter = Minter(vault.keys)
    hints = HintReader(vault.keys, settings.issuer)
    subscriptions = Subscriptions(
        stores.event_streams, {name: token.get_secret_value() for name, token in settings.push_tokens.items()}
    )
    delivery = telling.event_delivery(settings, directory, stores, world, minter, subscriptions)
    services = people.services(settings, directory, channels, stores, vault, world, conductor, delivery, subscriptions)
    app.extensions["yihaotong"] = services
    csrf = CSRFProtect(app)
    pages.mount(app, services)
    authorize_page.mount(app, csrf)
    end_session.mount(app, csrf, directory, hints)

    mounted = protocol.endpoints(
        settings, directory, channels, stores, vault, world, services, hints, minter, subscriptions
    )
    new_request_id = lambda: world.randomness.hex(REQUEST_ID_BYTES)  # noqa: E731  a name for a one-word call
    entry = Entry(
        mounted,
        app.wsgi_app,
        settings.issuer,
        new_request_id,
        settings.client_certificate_header,
        cors.policies(directory, world.clock),
    )
    hops = settings.trusted_proxies  # pages and endpoints count by the same address
    outer = ProxyFix(entry, x_for=hops, x_proto=0, x_host=0, x_port=0, x_prefix=0) if hops else entry
    app.wsgi_app = outer  # type: ignore[method-assign]
    return app
