"""Guardians and children: the child's account shows a code, the guardian enters it in the own account and agrees.

The code is worth one agreement and nothing else; it is posted, never part of an address.
"""

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.errors import InvalidInput
from idp.people.guarding import FIELD
from idp.web.context import services
from idp.web.pages import browser, words
from idp.web.pages.account import back_here, here
from idp.web.pages.forms import GuardianForm, PageForm, check_button
from idp.web.pages.render import page

REFUSED = 422


def show() -> Response:
    """The page, for a child or for an adult."""
    citizen_id, _token, _handle = here()
    return _page(citizen_id, GuardianForm())


def code() -> Response:
    """A new code, on the child's own page."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_guardian"))
    made = services().guarding.code_for(citizen_id) if services().guarding.is_child(citizen_id) else ""
    return _page(citizen_id, GuardianForm(), code=made)


def read() -> Response:
    """Whom the code is about, before anything is agreed to."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_guardian"))
    form = GuardianForm()
    try:
        ward = services().guarding.read(citizen_id, form.text(FIELD), browser.origin())
    except InvalidInput as error:
        return _refused(citizen_id, form, error)
    return page("guardian_agree.html", ward=ward, code=form.text(FIELD), form=PageForm())


def agree() -> AnyResponse:
    """Agree for the child."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_guardian"))
    form = GuardianForm()
    try:
        services().guarding.agree(citizen_id, form.text(FIELD), browser.origin())
    except InvalidInput as error:
        return _refused(citizen_id, form, error)
    return back_here(_("You have agreed. The child can use these checks now."))


def withdraw() -> AnyResponse:
    """End an agreement, as the guardian or as the child."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_guardian"))
    other = request.form.get("other", "")
    guarding = services().guarding
    ended = guarding.withdraw(other, citizen_id, browser.origin()) or guarding.withdraw(
        citizen_id, other, browser.origin()
    )
    if ended:
        flash(_("The agreement is ended."))
    return back_here()


def _refused(citizen_id: str, form: GuardianForm, error: InvalidInput) -> Response:
    form[FIELD].errors = [words.sentence(error.field, error.rule)]
    response = _page(citizen_id, form)
    response.status_code = REFUSED
    return response


def _page(citizen_id: str, form: GuardianForm, **more: Any) -> Response:
    guarding = services().guarding
    return page(
        "guardian.html",
        form=form,
        is_child=guarding.is_child(citizen_id),
        may_guard=guarding.may_guard(citizen_id),
        guardians=guarding.guardians(citizen_id),
        wards=guarding.wards(citizen_id),
        **more,
    )
