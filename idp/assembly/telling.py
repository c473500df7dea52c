"""How relying parties are told."""

from idp.domain.client import Clients
from idp.given import Stores, World
from idp.oidc.jws import Minter
from idp.oidc.logout_tokens import LogoutTokens
from idp.oidc.security_events import SecurityEventTokens
from idp.settings import Settings
from idp.web.couriers import LogoutCourier, PushCourier, couriers
from idp.web.event_delivery import EventDelivery
from idp.web.subscriptions import Subscriptions


def event_delivery(
    settings: Settings, clients: Clients, stores: Stores, world: World, minter: Minter, subscriptions: Subscriptions
) -> EventDelivery:
    """What tells relying parties, until they have taken it."""
    return EventDelivery(
        events=stores.events,
        clients=clients,
        couriers=couriers(
            LogoutCourier(LogoutTokens(settings.issuer, minter, world.clock, world.randomness), world.post),
            PushCourier(
                SecurityEventTokens(settings.issuer, minter, world.clock),
                world.push,
                subscriptions,
            ),
        ),
        outbox=stores.outbox,
        clock=world.clock,
        randomness=world.randomness,
        life_seconds=settings.event_life,
    )
