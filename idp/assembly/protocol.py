"""The protocol's endpoints."""

from collections.abc import Mapping

from idp.client_directory import ClientDirectory
from idp.domain.channel import Channel
from idp.domain.claims import Scope
from idp.given import Stores, Vault, World
from idp.oidc.access_tokens import AccessTokens
from idp.oidc.authorize import AuthorizationRequests
from idp.oidc.client_auth import ClientAuthenticator
from idp.oidc.client_encryption import ClientEncryption
from idp.oidc.client_jwks import ClientJwks
from idp.oidc.discovery import PATHS, metadata
from idp.oidc.dpop import DpopProofs
from idp.oidc.dpop_nonces import DpopNonces
from idp.oidc.id_token import IdTokens
from idp.oidc.introspection import Introspection
from idp.oidc.jws import HintReader, Minter, OwnTokens
from idp.oidc.pushed_requests import PushedRequests
from idp.oidc.registration import Registration
from idp.oidc.request_objects import RequestObjects
from idp.oidc.resource_access import ResourceAccess
from idp.oidc.resource_servers import ResourceServers
from idp.oidc.security_events import SecurityEventTokens
from idp.oidc.sender_constraint import SenderConstraints
from idp.oidc.server import Server
from idp.oidc.tokens import TokenDesk
from idp.oidc.userinfo import UserInfo
from idp.oidc.userinfo_answer import UserInfoAnswers
from idp.people.hinted import HintedPersons
from idp.settings import Settings
from idp.web import decoupled, registration
from idp.web.authorize import AuthorizeEndpoint
from idp.web.check_session import CheckSession
from idp.web.context import Services
from idp.web.endpoints import table
from idp.web.entry import Endpoint
from idp.web.event_streams import StreamEndpoints
from idp.web.pushed_requests import PushedRequestEndpoint
from idp.web.stream_access import StreamAccess
from idp.web.subscriptions import Subscriptions


def endpoints(
    settings: Settings, clients: ClientDirectory, channels: Mapping[str, Channel], stores: Stores, vault: Vault,
    world: World, services: Services, hints: HintReader, minter: Minter, subscriptions: Subscriptions,
) -> Mapping[str, Endpoint]:  # fmt: skip
    """Every endpoint that is answered without Flask, by its path."""
    jwks = ClientJwks(world.documents, world.clock)
    encryption = ClientEncryption(jwks)
    proofs = DpopProofs(
        settings.issuer, stores.limits, DpopNonces(vault.records, world.clock), world.clock,
        demanded=settings.dpop_nonces,
    )  # fmt: skip
    servers = ResourceServers(clients)
    access_tokens = AccessTokens(settings.issuer, minter, OwnTokens(vault.keys, settings.issuer), servers)
    desk = TokenDesk(
        grants=stores.grants,
        access_tokens=access_tokens,
        servers=servers,
        constraints=SenderConstraints(proofs),
        refresh_grace=settings.refresh_grace,
        id_tokens=IdTokens(settings.issuer, minter, vault.records, encryption, life=settings.id_token_life),
        outbox=stores.outbox,
        clock=world.clock,
        randomness=world.randomness,
        access_life=settings.access_token_life,
        refresh_life=settings.refresh_token_life,
    )
    authenticator = ClientAuthenticator(settings.issuer, PATHS["token_endpoint"], jwks, stores.limits, world.clock)
    server = Server(clients, desk, [scope.value for scope in Scope], authenticator)
    requests = AuthorizationRequests(
        server,
        hints,
        RequestObjects(settings.issuer, jwks, world.clock),
        PushedRequests(
            stores.pushed, world.clock, world.randomness,
            life=settings.pushed_request_life, journey_life=settings.journey_life,
        ),
        encryption,
    )  # fmt: skip
    resource_access = ResourceAccess(stores.grants, clients, access_tokens, proofs, world.clock)
    core = table(
        metadata=metadata(
            settings.issuer,
            [channel.facts for channel in channels.values()],
            mutual_tls=bool(settings.client_certificate_header),
        ),
        server=server,
        userinfo=UserInfo(resource_access, vault.records, world.clock),
        introspection=Introspection(server, minter, encryption),
        userinfo_answers=UserInfoAnswers(settings.issuer, minter, encryption),
        authorize=AuthorizeEndpoint(requests, services.conductor, settings),
        par=PushedRequestEndpoint(server, requests, proofs, stores.limits, world.clock, settings.pushed_request_life),
        keys=vault.keys,
        ready=world.ready,
        jwks_seconds=settings.key_announce // 2,
    )
    persons = HintedPersons(stores.citizens, stores.limits, world.clock)
    elsewhere = decoupled.table(services, server, hints, vault.records, persons)
    streams = StreamEndpoints(
        settings.issuer, StreamAccess(server, clients, resource_access), subscriptions, stores.event_streams,
        stores.events, SecurityEventTokens(settings.issuer, minter, world.clock), services.delivery, stores.limits,
        world.clock, world.randomness, settings.allow_loopback_clients,
    )  # fmt: skip
    session = {PATHS["check_session_iframe"]: Endpoint(CheckSession(settings))}
    registering = Registration(
        settings.issuer, stores.registered_clients, stores.initial_tokens, clients, world.documents, stores.limits,
        stores.outbox, world.clock, world.randomness, settings.allow_loopback_clients,
    )  # fmt: skip
    return {**core, **elsewhere, **streams.table(), **session, **registration.table(registering)}
