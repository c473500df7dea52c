"""The five ways of asking the register, one class per shape of request."""

from typing import Final, Protocol
from urllib.parse import urlencode

import orjson
from lxml import etree

from adapters import signatures
from adapters.http import IDEMPOTENT_CHECK, Answer, Request, Send, Upstream
from adapters.police import json_form, nciic, package, soap
from adapters.police.finding import CHANNEL, Finding, Query
from adapters.police.settings import PolicePopulationSettings
from adapters.police.signers import Md5Signer, Signed, Signer
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Clock, Randomness

_OPERATION: Final = "GK_GXFW_SFHC"
_REFUSED: Final = frozenset({401, 403})
_ENDED: Final = "403"


class _SecretEnded(Unavailable):
    """The gateway says that the token has ended: sign again with a new one."""


def _refusal(answer: Answer) -> Unavailable:
    """What the gateway's 401 or 403 means: the token's end (code 403, ask with a new one), or our own mistake."""
    try:
        ended = str(answer.json_object().get("code")) == _ENDED
    except Distrusted:
        ended = False
    if ended:
        return _SecretEnded(CHANNEL, "secret ended")
    return Unavailable(CHANNEL, "signature or address refused", alert=True)


class SoapRegister:
    """Service 2109 in SOAP, over the gateway or the national platform (3.1 to 3.3)."""

    def __init__(
        self,
        upstream: Upstream,
        settings: PolicePopulationSettings,
        signer: Signer,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._upstream = upstream
        self._settings = settings
        self._signer = signer
        self._clock = clock
        self._randomness = randomness

    def check(self, query: Query) -> Finding:
        """See :class:`~adapters.police.finding.Register`."""
        try:
            return self._signed_check(query)
        except _SecretEnded:
            return self._signed_check(query)

    def _signed_check(self, query: Query) -> Finding:
        signed = self._signer.sign(query.deadline)
        return self._upstream.ask(
            "2109", lambda send: self._exchange(send, query, signed), IDEMPOTENT_CHECK, deadline=query.deadline
        )

    def _exchange(self, send: Send, query: Query, signed: Signed) -> Finding:
        now = self._clock.now()
        question = package.Question(self._randomness.hex(16), now, query.name, query.number)
        answer = send(self._request(question, signed))
        if answer.status in _REFUSED:
            self._signer.forget(signed)
            raise _refusal(answer)
        return Finding(package.read(soap.out_of(answer, _OPERATION), question), question.txn)

    def _request(self, question: package.Question, signed: Signed) -> Request:
        arguments = {
            "in0": etree.CDATA(package.build(self._settings, question)),
            "in1": self._settings.soap_user,
            "in2": self._settings.soap_password.get_secret_value(),
        }
        content = soap.envelope(self._settings.soap_namespace, _OPERATION, arguments, signed.soap_header)
        headers = {"Content-Type": soap.CONTENT_TYPE, "SOAPAction": '""', **signed.headers}
        return Request(f"/wsproxy/{self._settings.sid}", content, headers, readable=_REFUSED | {500})


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
        headers = {"Content-Type": soap.CONTENT_TYPE, "SOAPAction": '""'}
        answer = send(Request(nciic.PATH, content, headers, readable=frozenset({500})))
        reason = nciic.read(soap.out_of(answer, nciic.OPERATION), name=query.name, number=query.number)
        return Finding(reason, self._randomness.hex(16))


class JsonCarrier(Protocol):
    """Builds one signed request of the JSON form."""

    def request(self, query: Query) -> Request:
        """Raises Unavailable or Distrusted when a secret is needed and cannot be fetched."""
        ...


class Md5Carrier:
    """``/gateway/api/<id>/dataSharing/<name>.htm`` with the signature in the query and the person in the body."""

    def __init__(self, settings: PolicePopulationSettings, signer: Md5Signer) -> None:
        self._path = f"/gateway/api/{settings.md5_api_id}/dataSharing/{settings.md5_service}.htm"
        self._signer = signer

    def request(self, query: Query) -> Request:
        """See :class:`JsonCarrier`."""
        signed = self._signer.sign(query.deadline)
        body = orjson.dumps({"datalist": [{"xm": query.name, "sfzh": query.number}]})
        return Request(self._path, body, {"Content-Type": "application/json"}, signed.query)


class CsbCarrier:
    """``/CSB``: the person's fields are form parameters and so under the signature."""

    def __init__(self, settings: PolicePopulationSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def request(self, query: Query) -> Request:
        """See :class:`JsonCarrier`."""
        settings = self._settings
        parameters = {
            "_api_access_key": settings.app_id,
            "_api_name": settings.csb_api_name,
            "_api_timestamp": str(int(self._clock.now() * 1000)),
            "_api_version": settings.csb_api_version,
            "sfzh": query.number,
            "xm": query.name,
        }
        parameters["_api_signature"] = signatures.csb_sign(settings.app_secret.get_secret_value(), parameters)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return Request("/CSB", urlencode(parameters).encode("ascii"), headers)


class JsonRegister:
    """The JSON form over a carrier (3.3.3, 3.6)."""

    def __init__(self, upstream: Upstream, carrier: JsonCarrier, randomness: Randomness) -> None:
        self._upstream = upstream
        self._carrier = carrier
        self._randomness = randomness

    def check(self, query: Query) -> Finding:
        """See :class:`~adapters.police.finding.Register`."""
        request = self._carrier.request(query)
        reason = self._upstream.ask(
            "basic_check", lambda send: self._read(send(request), query), IDEMPOTENT_CHECK, deadline=query.deadline
        )
        return Finding(reason, self._randomness.hex(16))

    def _read(self, answer: Answer, query: Query) -> Reason | None:
        return json_form.read(answer.json_object(), name=query.name, number=query.number)
