"""The journey's conductor."""

from collections.abc import Mapping

from idp.domain.channel import Channel
from idp.domain.client import Clients
from idp.given import Stores, Vault, World
from idp.journey.acting import Acting
from idp.journey.conductor import Conductor, Lives
from idp.settings import Settings


def conductor(
    settings: Settings, clients: Clients, channels: Mapping[str, Channel], stores: Stores, vault: Vault, world: World
) -> Conductor:
    """What decides the next step of every journey."""
    facts = {name: channel.facts for name, channel in channels.items()}
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
        pushed=stores.pushed,
        acting=Acting(stores.standings, stores.sessions, world.clock, facts),
        channels=facts,
    )
