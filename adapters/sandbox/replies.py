"""How the upstreams write JSON, XML and SOAP."""

import json
from typing import Any, Final
from xml.sax.saxutils import escape

from flask import Response

_SOAP: Final = 'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
_XSD: Final = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'


def compact(value: Any) -> str:
    """JSON text as these platforms write it: no spaces, Chinese unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_reply(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(compact(value).encode(), status, content_type="application/json; charset=UTF-8")


def wrapped(inner: dict[str, Any]) -> Response:
    """The province's wrapper: the data are JSON in a JSON text."""
    return json_reply({"code": "200", "msg": "成功", "data": compact(inner)})


def xml_reply(text: str, status: int = 200) -> Response:
    """An XML answer."""
    return Response(text.encode(), status, content_type="text/xml; charset=UTF-8")


def soap_reply(namespace: str, operation: str, out: str) -> Response:
    """``<operation>Response/out`` with escaped text."""
    body = (
        f'<ns1:{operation}Response xmlns:ns1="{namespace}"><ns1:out>{escape(out)}</ns1:out></ns1:{operation}Response>'
    )
    return xml_reply(f"<soap:Envelope {_SOAP} {_XSD}><soap:Body>{body}</soap:Body></soap:Envelope>")


def soap_fault(text: str) -> Response:
    """A SOAP 1.1 fault; HTTP 500 by section 6.2 of the SOAP note."""
    fault = f"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{escape(text)}</faultstring></soap:Fault>"
    return xml_reply(f"<soap:Envelope {_SOAP}><soap:Body>{fault}</soap:Body></soap:Envelope>", 500)


def element(tag: str, text: str) -> str:
    """One leaf."""
    return f"<{tag}>{escape(text)}</{tag}>"
