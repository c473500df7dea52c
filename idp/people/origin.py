"""Where a request came from, for limits and audit. Nothing of it is stored in the clear."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Origin:
    """``address`` is the peer's IP (as trusted proxies state it), ``browser`` the browser's own random id.

    ``device`` is a coarse label for the account page ("Chrome / Android"), ``request_id`` stands in log and audit.
    ``client``: the relying party on whose behalf the browser is here, empty on the way to the account page.
    """

    address: str = field(repr=False)
    browser: str = field(repr=False)
    request_id: str
    device: str = ""
    client: str = ""
