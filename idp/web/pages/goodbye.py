"""The end of every sign-out: relying parties that are told by the browser are loaded in frames, then it goes on.

Without such relying parties there is nothing to wait for, and the browser is sent on at once.
"""

from collections.abc import Sequence

from flask import redirect, url_for
from werkzeug.wrappers import Response

from idp.domain.client import Client
from idp.domain.ports import EndedSession
from idp.web import front_channel
from idp.web.context import services
from idp.web.pages import browser, headers, journeys
from idp.web.pages.journeys import SEE_OTHER
from idp.web.pages.render import page


def say(ended: EndedSession | None, return_to: str = "", client: Client | None = None) -> Response:
    """The signed-out page, or the way on: to ``return_to``, a registered address of ``client``, or to our own page.

    The sign-in's cookie and everything else that this browser held of it is dropped.
    """
    told = front_channel.addresses(services().clients, services().settings.issuer, [ended] if ended else [])
    if told:
        response: Response = _page(told, return_to, client)
    else:
        response = redirect(return_to or url_for("pages.signed_out"), SEE_OTHER)
    browser.forget()
    return journeys.drop_token(response)


def ask(return_to: str, client: Client) -> Response:
    """Nobody is signed in, and no session shows whom the browser is sent on for: a link, for the citizen to follow.

    Whoever has an ID token could otherwise make an address of ours lead to one of his client's (open redirect).
    """
    return page("signed_out.html", frames=(), return_to=return_to, client=client, by_itself=False)


def _page(told: Sequence[tuple[Client, str]], return_to: str, client: Client | None) -> Response:
    headers.allow_frames(address for _client, address in told)
    return page("signed_out.html", frames=told, return_to=return_to, client=client, by_itself=True)
