"""Transaction 72 and its query: one question to the issuing bank, asked once (channels.md 5.2, 5.6).

72 is never resent: it costs money and one of the card's few tries. An answer that is lost or still open is fetched by
the query, under the same order number.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from adapters.http import CallClass, Request, Send, Surroundings, Transient, Upstream
from adapters.unionpay import codes
from adapters.unionpay.codes import CHANNEL, Standing
from adapters.unionpay.settings import UnionPayCardSettings
from adapters.unionpay.signers import Signer
from adapters.unionpay.wire import Elements, FieldCipher, Order, customer_info, readings
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

TRANSACTION: Final = CallClass(connect=5, read=30, overall=35, idempotent=False)
QUERY: Final = CallClass(connect=3, read=8, overall=20, idempotent=True, charged=False)
# Seconds after the answer, or after its loss, at which the query is sent (5.6).
QUERY_AT: Final = (5.0, 10.0, 30.0, 60.0)
_BIZ_TYPE: Final = "000803"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


class AnswerLost(Unavailable):
    """The transaction was sent and no answer came: only the query knows."""


class Bank:
    """Asks whether name, number, card and phone belong together. Safe for threads."""

    def __init__(
        self, upstream: Upstream, settings: UnionPayCardSettings, signer: Signer, around: Surroundings
    ) -> None:
        self._upstream = upstream
        self._signer = signer
        self._around = around
        self._cipher = FieldCipher(settings.encryption_certificate)
        self._merchant_id = settings.merchant_id

    def check(self, elements: Elements, order: Order, deadline: float) -> Reason | None:
        """None when the four belong together, else why not. Raises Unavailable or Distrusted, before ``deadline``."""
        try:
            verdict = codes.verdict(self._transact(elements, order, deadline))
        except AnswerLost:
            verdict = Standing.OPEN
        if isinstance(verdict, Reason):
            return verdict
        return None if verdict is Standing.MATCH else self._queried(order, deadline, verdict)

    def _transact(self, elements: Elements, order: Order, deadline: float) -> str:
        fields = {
            **self._head(order, "72", "12"),
            "productId": "B156",
            "accNo": self._cipher.encrypt(elements.card),
            "encryptCertId": self._cipher.certificate_id,
            "customerInfo": customer_info(elements, self._cipher),
        }

        def exchange(send: Send) -> str:
            try:
                body = send(self._request("/gateway/api/backTransReq.do", fields)).body
            except Unavailable as error:
                if error.alert or (isinstance(error, Transient) and not error.maybe_done):
                    raise
                raise AnswerLost(CHANNEL, error.what) from None
            return self._believed(body, order, "72")["respCode"]

        return self._upstream.ask("backTransReq", exchange, TRANSACTION, deadline=deadline)

    def _queried(self, order: Order, deadline: float, standing: Standing) -> Reason | None:
        """Ask for the transaction's end until it has one. Raises Unavailable when it stays open or is unknown.

        A repeated order ended long ago, as a rule: its first query goes at once.
        """
        since = self._around.clock.now() - (QUERY_AT[0] if standing is Standing.REPEATED else 0.0)
        for after in QUERY_AT:
            wait = since + after - self._around.clock.now()
            if self._around.clock.now() + wait >= deadline:
                break
            if wait > 0:
                self._around.pause(wait)
            verdict = self._upstream.ask("queryTrans", lambda send: self._query(send, order), QUERY, deadline=deadline)
            if verdict is not Standing.OPEN:
                return verdict if isinstance(verdict, Reason) else None
        raise Unavailable(CHANNEL, "the transaction is still open")

    def _query(self, send: Send, order: Order) -> codes.Verdict:
        request = self._request("/gateway/api/queryTrans.do", self._head(order, "00", "00"))
        answer = self._believed(send(request).body, order, "00")
        standing = answer["respCode"]
        if standing != "00":
            if codes.verdict(standing) is Standing.OPEN:
                return Standing.OPEN
            raise codes.unavailable(standing)
        verdict = codes.verdict(answer.get("origRespCode", ""))
        if verdict is Standing.REPEATED:
            raise codes.unavailable("12")
        return verdict

    def _head(self, order: Order, txn_type: str, sub_type: str) -> dict[str, str]:
        return {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "txnType": txn_type,
            "txnSubType": sub_type,
            "bizType": _BIZ_TYPE,
            "accessType": "0",
            "merId": self._merchant_id,
            "orderId": order.id,
            "txnTime": order.txn_time,
        }

    def _request(self, path: str, fields: Mapping[str, str]) -> Request:
        return Request(path, urlencode(self._signer.sign(fields)).encode("ascii"), _FORM)

    def _believed(self, body: bytes, order: Order, txn_type: str) -> Mapping[str, str]:
        """The fields of an answer that UnionPay signed about this order and this kind of request. Raises Distrusted.

        Without the kind, a query's 00 ("the query worked") could be played as a transaction's 00 ("they match").
        """
        fields = self._signed(body)
        ours = {"orderId": order.id, "txnTime": order.txn_time, "merId": self._merchant_id, "txnType": txn_type}
        if any(fields.get(key) != value for key, value in ours.items()):
            raise Distrusted(CHANNEL, "about another request")
        if not fields.get("respCode"):
            raise Distrusted(CHANNEL, "no respCode")
        return fields

    def _signed(self, body: bytes) -> Mapping[str, str]:
        *others, last = readings(body)
        for fields in others:
            try:
                self._signer.verify(fields, self._around.clock.now())
            except Distrusted:
                continue
            return fields
        self._signer.verify(last, self._around.clock.now())
        return last
