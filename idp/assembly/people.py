"""The services of people and pages."""

from collections.abc import Mapping

from idp.client_directory import ClientDirectory
from idp.domain.account_channel import AccountChannel
from idp.domain.channel import Channel
from idp.given import Stores, Vault, World
from idp.journey.conductor import Conductor
from idp.people.account import Account
from idp.people.announcements import Announcements
from idp.people.approvals import Approvals
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
from idp.people.purging import Purging
from idp.people.representing import Representing
from idp.people.second_factor import SecondFactors
from idp.people.second_ways import SecondWays
from idp.people.sign_in import SigningIn
from idp.people.texted_codes import TextedCodes
from idp.people.upstream_sign_in import UpstreamSignIn
from idp.settings import Settings
from idp.web.approval_notices import ApprovalNotices
from idp.web.context import Services
from idp.web.event_delivery import EventDelivery
from idp.web.logout_notices import LogoutNotices
from idp.web.subscriptions import Subscriptions


def services(
    settings: Settings, clients: ClientDirectory, channels: Mapping[str, Channel], stores: Stores, vault: Vault,
    world: World, conductor: Conductor, delivery: EventDelivery, subscriptions: Subscriptions,
) -> Services:  # fmt: skip
    """Every service that pages use."""
    clock, randomness = world.clock, world.randomness
    announcements = Announcements(
        stores.citizens, stores.consents, clients, stores.events, clock, randomness, conductor.subject, delivery.wake,
        subscriptions.takes,
    )  # fmt: skip
    consequences = Consequences(
        stores.sessions, stores.consents, stores.account_links, announcements, stores.outbox, clock, randomness
    )
    notices = LogoutNotices(
        clients=clients, events=stores.events, parked=stores.parked_events, delivery=delivery, clock=clock,
        randomness=randomness,
    )  # fmt: skip
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
    disputing = Disputing(stores.citizens, stores.limits, consequences)
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
            guarding, stores.channel_states, stores.standings, settings.daily_quotas,
        ),
        captures=captures,
        handovers=Handovers(stores.handovers, clock, randomness),
        approvals=Approvals(stores.waiting, stores.user_codes, stores.limits, stores.outbox, clock, randomness),
        approval_notices=ApprovalNotices(
            citizens=stores.citizens, clients=clients, sms=sms, limits=stores.limits, ping=world.ping,
            outbox=stores.outbox, clock=clock, randomness=randomness,
        ),
        guarding=guarding,
        disputing=disputing,
        operators=Operators(
            stores.citizens, stores.merges, stores.guardianships, consequences, stores.standings,
            Purging(
                stores.citizens, stores.merges, stores.audit, disputing, announcements, consequences, notices.send
            ),
        ),
        merging=Merging(
            stores.citizens, stores.consents, stores.merges, stores.sessions, clients, announcements, stores.outbox,
            clock, randomness, stores.faces,
        ),
        account=account,
        representing=Representing(
            stores.standings, stores.consents, stores.grants, stores.outbox, clock, randomness, announcements
        ),
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
