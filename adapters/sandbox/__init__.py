"""The upstreams of development and test: WSGI apps that speak the real protocols to a synthetic population.

Owns: the server side of every upstream (police, business register, UnionPay, social security, Alipay and Zhima,
WeChat, the counter's desk, the SMS gateway by HTTP and by CMPP); the people in their registers, known and generated;
the pages on which they act; faults on demand; a masked log of requests. Everything is in memory.

Never: an outbound connection, a real person, the signing code of the adapters (an error on both sides would cancel
out: it signs and verifies from the protocol, and both sides are held to the same vectors). Adapters never import it.

Neighbours: the tests mount :func:`~adapters.sandbox.app.create_sandbox` behind ``httpx.WSGITransport``;
``python -m adapters.sandbox`` serves it on loopback.
"""

from adapters.sandbox.app import create_sandbox
from adapters.sandbox.credentials import channel_settings
from adapters.sandbox.faults import ResetFault, TimeoutFault

__all__ = ["ResetFault", "TimeoutFault", "channel_settings", "create_sandbox"]
