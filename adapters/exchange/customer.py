"""Whose right to call it is: what a platform issued to one channel's client."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Customer:
    """A channel as a customer of a platform.

    ``app_id``: ``gateway_appid``, the national requester id (rid), the MD5 ``appKey`` or the CSB access key. ``key``
    opens and signs. ``sid`` and ``prefix`` are the national platform's service id and generation; ``caller_address`` is
    sent as ``X-Forwarded-For`` where a gateway keeps a list of caller addresses.
    """

    channel: str
    app_id: str
    key: str = field(repr=False)
    sid: str = ""
    prefix: str = "gjgxjhpt"
    caller_address: str = ""
