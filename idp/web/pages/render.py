"""Pages out of templates, with what every page shows: language, type size, and the client of the journey."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, make_response, render_template, request, session, url_for
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf

from idp.web.context import services
from idp.web.pages import times, words
from idp.web.pages.browser import ELDER
from idp.web.pages.forms import PageForm
from idp.web.pages.journeys import Visit, address
from idp.web.pages.languages import LANGUAGES, closest

STATIC: Final = Path(__file__).parent.parent / "static"


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page. ``context`` is the template's."""
    return make_response(render_template(template, **context), status)


def journey_page(template: str, visit: Visit, *, form: PageForm | None = None, **context: Any) -> Response:
    """A page of a journey: it names the client and offers the way out."""
    return page(template, visit=visit, form=form, client=visit.client, here=address_of(visit), **context)


def address_of(visit: Visit) -> Callable[..., str]:
    """How a journey's template writes the addresses of its pages."""
    return lambda name="": address(visit.journey.id, name)


def locale_tag() -> str:
    """``zh-CN`` or ``en``: the page's ``lang``."""
    return closest(str(get_locale().language)) or next(iter(LANGUAGES))


def mount(app: Flask, assets: dict[str, str]) -> None:
    """What templates may use. ``assets`` has a digest per file, so that a new file has a new address."""

    def asset(name: str) -> str:
        return url_for("pages.static", filename=name, v=assets[name])

    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset,
        csrf_token=generate_csrf,
        locale_tag=locale_tag,
        moment=times.moment,
        expected=lambda at: times.expected(at, services().clock.now()),
        day=times.day,
        clock_time=times.clock_time,
        machine_time=times.machine,
        words=words,
    )
    app.context_processor(
        lambda: {"elder": session.get(ELDER) is True, "this_page": request.path, "languages": list(LANGUAGES)}
    )
