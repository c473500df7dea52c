"""The endpoints of decoupled flows, as a table like :mod:`idp.web.endpoints`: both take a form and answer JSON."""

from collections.abc import Mapping
from typing import Any

from idp.domain.ports import FieldCipher
from idp.oidc import backchannel, decoupled_grants, device_authorization
from idp.oidc.backchannel import Backchannel, Persons
from idp.oidc.device_authorization import DeviceAuthorization
from idp.oidc.jws import HintReader
from idp.oidc.messages import ProtocolRequest
from idp.oidc.server import Server
from idp.web.context import Services
from idp.web.entry import Endpoint, Result
from idp.web.responses import as_json

POST = frozenset({"POST"})


def table(
    services: Services, server: Server, hints: HintReader, cipher: FieldCipher, persons: Persons
) -> Mapping[str, Endpoint]:
    """Both endpoints; their grants are registered with ``server``."""
    settings, approvals, clock, randomness = services.settings, services.approvals, services.clock, services.randomness
    waiting, limits = approvals.waiting, approvals.limits
    decoupled_grants.mount(server, waiting, clock, pause=settings.poll_interval)
    device = DeviceAuthorization(
        server=server,
        waiting=waiting,
        user_codes=approvals.user_codes,
        limits=limits,
        clock=clock,
        randomness=randomness,
        issuer=settings.issuer,
        life=settings.device_code_life,
        interval=settings.poll_interval,
    )
    call = Backchannel(
        server=server,
        hints=hints,
        cipher=cipher,
        persons=persons,
        waiting=waiting,
        limits=limits,
        clock=clock,
        randomness=randomness,
        issuer=settings.issuer,
        life=settings.ciba_request_life,
        interval=settings.poll_interval,
        asked=services.approval_notices.asked,
    )

    def at_terminal(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(device.answer(message))

    def by_telephone(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(call.answer(message))

    return {device_authorization.PATH: Endpoint(at_terminal, POST), backchannel.PATH: Endpoint(by_telephone, POST)}
