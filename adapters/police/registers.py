"""The ways of asking the register, one class per shape of request."""

from collections.abc import Callable
from typing import Final, TypeAlias

import orjson
from lxml import etree

from adapters.exchange import csb, population, soap
from adapters.exchange.service import SignedService
from adapters.exchange.signers import Signed
from adapters.http import IDEMPOTENT_CHECK, Answer, Request, Send, Upstream
from adapters.police import nciic, package
from adapters.police.finding import CHANNEL, Finding, Query
from adapters.police.settings import PolicePopulationSettings
from idp.domain.channel import Reason
from idp.domain.ports import Clock, Randomness

_OPERATIONS: Final = {"2108": "GK_JZCX_RKJCXXCX", "2109": "GK_GXFW_SFHC"}
_SOAP_HEADERS: Final = {"Content-Type": soap.CONTENT_TYPE, "SOAPAction": '""'}
_FAULT: Final = frozenset({500})  # a SOAP fault's status
JsonForm: TypeAlias = Callable[[Query], Request]


class SoapRegister:
    """Service 2108 or 2109 in SOAP, over the gateway or the national platform (3.1 to 3.3)."""

    def __init__(
        self, service: SignedService, settings: PolicePopulationSettings, clock: Clock, randomness: Randomness
    ) -> None:
        self._service = service
        self._settings = settings
        self._operation = _OPERATIONS[settings.question]
        self._clock = clock
        self._randomness = randomness

    def check(self, query: Query) -> Finding:
        """See :class:`~adapters.police.finding.Register`."""
        return self._service.ask(
            self._settings.question,
            lambda send, signed: self._exchange(send, signed, query),
            deadline=query.deadline,
        )

    def _exchange(self, send: Send, signed: Signed, query: Query) -> Finding:
        # A repetition is a new question: the register refuses a number that it has seen.
        question = package.Question(self._randomness.hex(16), self._clock.now(), query.name, query.number)
        answer = send(self._request(question, signed))
        return Finding(package.read(soap.out_of(answer, self._operation), question), question.txn)

    def _request(self, question: package.Question, signed: Signed) -> Request:
        settings = self._settings
        arguments = {
            "in0": etree.CDATA(package.build(settings, question)),
            "in1": settings.soap_user,
            "in2": settings.soap_password.get_secret_value(),
        }
        content = soap.envelope(settings.soap_namespace, self._operation, arguments, signed.soap_header)
        return Request(f"/wsproxy/{settings.service_id}", content, _SOAP_HEADERS, readable=_FAULT)


class NciicRegister:
    """NCIIC directly; the licence is the right to ask (3.4). It knows no request number: ``txn`` is ours alone."""

    def __init__(self, upstream: Upstream, settings: PolicePopulationSettings, randomness: Randomness) -> None:
        self._upstream = upstream
        self._settings = settings
        self._randomness = randomness

    def check(self, query: Query) -> Finding:
        """See :class:`~adapters.police.finding.Register`."""
        return self._upstream.ask(
            nciic.OPERATION, lambda send: self._exchange(send, query), IDEMPOTENT_CHECK, deadline=query.deadline
        )

    def _exchange(self, send: Send, query: Query) -> Finding:
        settings = self._settings
        conditions = nciic.Conditions(
            settings.nciic_sbm, settings.nciic_fsd, settings.nciic_ywlx, query.name, query.number
        )
        arguments = {"inLicense": settings.nciic_licence.get_secret_value(), "inConditions": nciic.build(conditions)}
        content = soap.envelope(nciic.NAMESPACE, nciic.OPERATION, arguments)
        answer = send(Request(nciic.PATH, content, _SOAP_HEADERS, readable=_FAULT))
        reason = nciic.read(soap.out_of(answer, nciic.OPERATION), name=query.name, number=query.number)
        return Finding(reason, self._randomness.hex(16))


class JsonRegister:
    """The basic check in JSON (3.3.3); ``form`` builds one request of it. It knows no request number either."""

    def __init__(self, service: SignedService, form: JsonForm, randomness: Randomness) -> None:
        self._service = service
        self._form = form
        self._randomness = randomness

    def check(self, query: Query) -> Finding:
        """See :class:`~adapters.police.finding.Register`."""
        reason = self._service.ask(
            "basic_check", lambda send, _: read_basic(send(self._form(query)), query), deadline=query.deadline
        )
        return Finding(reason, self._randomness.hex(16))


def read_basic(answer: Answer, query: Query) -> Reason | None:
    """What a basic check says; None is a match. Raises Unavailable or Distrusted."""
    row = population.row_of(CHANNEL, answer.json_object(), name=query.name, number=query.number)
    return row if isinstance(row, Reason) else population.marks_of(CHANNEL, row)


def share_form(settings: PolicePopulationSettings) -> JsonForm:
    """``{"datalist": [...]}`` at a path, with the two headers where the share services ask for them."""
    names = {"api_id": settings.api_id, "from_user": settings.from_user}
    headers = {"Content-Type": "application/json", **{name: value for name, value in names.items() if value}}

    def form(query: Query) -> Request:
        return Request(
            settings.json_path, orjson.dumps({"datalist": [{"xm": query.name, "sfzh": query.number}]}), headers
        )

    return form


def csb_form(settings: PolicePopulationSettings, clock: Clock) -> JsonForm:
    """The person's fields as parameters of a CSB form, under its signature."""

    def form(query: Query) -> Request:
        return csb.request(
            settings.customer,
            clock,
            api_name=settings.csb_api_name,
            api_version=settings.csb_api_version,
            fields={"sfzh": query.number, "xm": query.name},
        )

    return form
