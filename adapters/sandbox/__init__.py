"""The upstreams of development and test: WSGI apps that speak the real protocols to a synthetic population.

Owns: the server side of the police services, the exchange platforms and the SMS gateway; the people in their registers;
faults on demand; a masked log of requests; an inbox page for text messages. Everything is in memory.

Never: an outbound connection, a real person, the signing code of the adapters (an error on both sides would cancel
out: it signs and verifies from the protocol, and both sides are held to the same vectors). Adapters never import it.

Neighbours: the tests mount :func:`~adapters.sandbox.app.create_sandbox` behind ``httpx.WSGITransport``;
``python -m adapters.sandbox`` serves it on loopback.
"""

from adapters.sandbox.app import create_sandbox
from adapters.sandbox.credentials import channel_settings
from adapters.sandbox.faults import ResetFault, TimeoutFault

__all__ = ["ResetFault", "TimeoutFault", "channel_settings", "create_sandbox"]
