"""What people see: one file per page, one table of their addresses, one module for every way out that went wrong.

``browser``    facts about the browser: its id, the sign-in's cookie, language and type size
``journeys``   how a page finds its journey, and how a journey begins, goes on and is left
``forms``      the forms; ``words`` has the sentences about them
``attempts``   a channel's attempt in its journey: begun, found, and what its results lead to
``refusals``   how a refused form is kept (POST, 303) and shown again (GET)
``errors``     every page that went wrong
``render``     templates; ``languages`` their sentences; ``times`` their dates; ``headers`` their headers
``words``      the sentences of closed words, ``event_words`` of what happened; ``upstream_words``, ``told`` and
               ``link_troubles`` those of linking, ``over`` of what is over
``camera``     what a camera page says to its script and hears from it; ``camera_frames`` reads what it posts;
               ``camera_attempts`` is the camera of a journey's attempt; ``camera_page`` its page, with the consent
               first, ``camera_words`` what it says; ``handover`` takes it to a phone
``device``     a self-service terminal's code; ``requests`` what was asked by telephone; ``approve`` either of them;
               ``elsewhere`` is their end
``answer``     the one way back to a relying party; ``goodbye`` the end of a sign-out; ``qr_code`` an inline picture
``act_for``    for whom the citizen acts at a portal; ``organisations``, from the account page, whom they stand for
``merge``      a number that another account holds; ``join`` two accounts become one; ``guardian`` children
``linking``    accounts at upstreams, from the account page; ``linked_sign_in`` signing in by them
``second_factor``, ``second_factor_face``  the second factor at sign-in: which way, codes, the camera
``face_consent``  withdrawn; ``face_section`` says on the account page whether it stands
``second_factor_enrolment``, ``second_factor_removal``  the authenticator app
``face_enrolment``, ``face_account``  the face as a second factor: opted in to, taken back
the others     a page each; docs/pages.md has every address

Pages work without JavaScript; only a camera needs one. They never decide what comes next (``journey`` does), never
judge an input (``people`` does), and send a browser to a relying party only through :mod:`idp.web.pages.answer`.
"""

import datetime
import hashlib
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Flask

from idp.web.context import Services
from idp.web.pages import (
    account,
    act_for,
    approve,
    camera_attempts,
    camera_page,
    cancel,
    channel,
    consent,
    device,
    errors,
    face_account,
    face_consent,
    face_enrolment,
    guardian,
    handover,
    headers,
    home,
    join,
    journeys,
    languages,
    linked_sign_in,
    linking,
    merge,
    organisations,
    prove,
    register,
    render,
    requests,
    second_factor,
    second_factor_enrolment,
    second_factor_face,
    second_factor_removal,
    sign_in,
    waiting,
)

J: Final = "/journey/<journey_id>"
BROWSER_LIFE: Final = datetime.timedelta(days=90)

# Method, address, endpoint and view of every page.
TABLE: Final[tuple[tuple[str, str, str, Callable[..., Any]], ...]] = (
    ("GET", "/", "home", home.show),
    ("GET", "/privacy", "privacy", home.privacy),
    ("POST", "/language", "language", home.choose_language),
    ("POST", "/elder", "elder", home.choose_type_size),
    ("GET", "/sign-out", "show_sign_out", home.show_sign_out),
    ("POST", "/sign-out", "sign_out", home.sign_out),
    ("GET", "/signed-out", "signed_out", home.signed_out),
    ("GET", "/account", "account", account.show),
    ("POST", "/account/prove", "prove_more", account.prove_more),
    ("GET", "/account/portals/<client_id>", "show_disconnect", account.show_disconnect),
    ("POST", "/account/portals/<client_id>", "disconnect", account.disconnect),
    ("GET", "/device", "show_device", device.show),
    ("POST", "/device", "device", device.submit),
    ("GET", "/device/<outcome>", "device_done", device.done),
    ("GET", "/account/requests", "show_requests", requests.show),
    ("POST", "/account/requests/<waiting_id>", "answer_request", requests.answer),
    ("POST", "/account/requests/<waiting_id>/refuse", "refuse_request", requests.refuse),
    ("GET", "/account/guardian", "show_guardian", guardian.show),
    ("POST", "/account/guardian", "read_guardian_code", guardian.read),
    ("POST", "/account/guardian/agree", "agree_as_guardian", guardian.agree),
    ("POST", "/account/guardian/withdraw", "withdraw_guardian", guardian.withdraw),
    ("POST", "/account/guardian/code", "guardian_code", guardian.code),
    ("GET", "/account/joined/<merge_id>", "show_part", account.show_part),
    ("POST", "/account/joined/<merge_id>", "part", account.part),
    ("POST", "/account/sessions/<handle>/end", "end_session", account.end_one),
    ("POST", "/account/sessions/end-others", "end_others", account.end_others),
    ("POST", "/account/organisations", "prove_organisation", organisations.prove),
    ("GET", "/account/organisations/<standing_id>", "show_remove_organisation", organisations.show_remove),
    ("POST", "/account/organisations/<standing_id>", "remove_organisation", organisations.remove),
    ("GET", "/account/authenticator", "show_authenticator", second_factor_removal.show),
    ("POST", "/account/authenticator", "authenticator", second_factor_removal.begin),
    ("POST", "/account/authenticator/remove", "remove_authenticator", second_factor_removal.remove),
    ("GET", "/account/face", "show_face", face_account.show),
    ("POST", "/account/face", "face", face_account.begin),
    ("POST", "/account/face/remove", "remove_face", face_account.remove),
    ("POST", "/account/face/withdraw", "withdraw_face_consent", face_consent.withdraw),
    ("GET", "/account/links/<channel>", "show_link", linking.show),
    ("POST", "/account/links/<channel>", "begin_link", linking.begin),
    ("GET", "/account/links/<channel>/return", "link_returned", linking.returned),
    ("GET", "/account/links/<channel>/confirm", "show_link_confirm", linking.show_confirm),
    ("POST", "/account/links/<channel>/confirm", "confirm_link", linking.confirm),
    ("GET", "/account/links/<channel>/unlink", "show_unlink", linking.show_unlink),
    ("POST", "/account/links/<channel>/unlink", "unlink", linking.unlink),
    ("GET", "/register", "begin_registration", register.begin),
    ("GET", J, "dispatch", journeys.dispatch),
    ("POST", f"{J}/cancel", "cancel", cancel.submit),
    ("GET", f"{J}/sign-in", "show_sign_in", sign_in.show),
    ("POST", f"{J}/sign-in", "sign_in", sign_in.submit),
    ("GET", f"{J}/sign-in/<channel>", "sign_in_upstream", linked_sign_in.go),
    ("GET", f"{J}/sign-in/<channel>/return", "signed_in_upstream", linked_sign_in.returned),
    ("GET", f"{J}/link", "show_link_offer", linked_sign_in.show_offer),
    ("POST", f"{J}/link", "link_offer", linked_sign_in.decide),
    ("GET", f"{J}/second-factor", "show_second_factor", second_factor.show),
    ("POST", f"{J}/second-factor", "second_factor", second_factor.submit_app),
    ("GET", f"{J}/second-factor/text", "show_second_factor_text", second_factor.show_text),
    ("POST", f"{J}/second-factor/text", "second_factor_text", second_factor.submit_text),
    ("POST", f"{J}/second-factor/text/send", "send_second_factor_text", second_factor.send_text),
    ("POST", f"{J}/start-over", "start_over", second_factor.start_over),
    ("GET", f"{J}/choose-account", "show_choice", sign_in.show_choice),
    ("POST", f"{J}/choose-account", "choose", sign_in.choose),
    ("GET", f"{J}/register", "show_register", register.show),
    ("POST", f"{J}/register", "register", register.submit),
    ("GET", f"{J}/register/code", "show_register_code", register.show_code),
    ("POST", f"{J}/register/code", "register_code", register.submit_code),
    ("POST", f"{J}/register/resend", "register_resend", register.resend),
    ("GET", f"{J}/register/existing", "register_existing", register.show_existing),
    ("GET", f"{J}/register/password", "show_register_password", register.show_password),
    ("POST", f"{J}/register/password", "register_password", register.submit_password),
    ("GET", f"{J}/prove", "show_prove", prove.show),
    ("POST", f"{J}/prove-later", "decline", prove.decline),
    ("POST", f"{J}/prove-second-factor", "prove_second_factor", prove.second_factor),
    ("POST", f"{J}/prove-set-up", "prove_set_up", prove.set_up),
    ("POST", f"{J}/prove-not-here", "out_of_reach", prove.out_of_reach),
    ("GET", f"{J}/prove/<channel>", "show_channel", channel.show),
    ("POST", f"{J}/prove/<channel>", "channel", channel.submit),
    ("POST", f"{J}/prove/<channel>/again", "channel_again", channel.again),
    ("POST", f"{J}/prove/<channel>/leave", "leave_to_channel", channel.leave),
    ("GET", f"{J}/prove/<channel>/wait", "wait", waiting.wait),
    ("GET", f"{J}/prove/<channel>/return", "returned", waiting.returned),
    ("POST", f"{J}/prove/<channel>/return", "returned_by_form", waiting.returned),
    ("POST", f"{J}/prove/<channel>/return/here", "returned_here", waiting.returned_here),
    ("GET", f"{J}/act-for", "show_act_for", act_for.show),
    ("POST", f"{J}/act-for", "act_for", act_for.choose),
    ("GET", f"{J}/authenticator", "show_set_up", second_factor_enrolment.show),
    ("POST", f"{J}/authenticator", "set_up", second_factor_enrolment.begin),
    ("GET", f"{J}/authenticator/code", "show_set_up_code", second_factor_enrolment.show_code),
    ("POST", f"{J}/authenticator/code", "set_up_code", second_factor_enrolment.submit_code),
    ("GET", f"{J}/authenticator/app", "show_set_up_app", second_factor_enrolment.show_app),
    ("POST", f"{J}/authenticator/app", "set_up_app", second_factor_enrolment.submit_app),
    ("POST", f"{J}/authenticator/leave", "leave_set_up", second_factor_enrolment.leave),
    ("GET", f"{J}/face", "show_opt_in", face_enrolment.show),
    ("POST", f"{J}/face", "opt_in", face_enrolment.begin),
    ("POST", f"{J}/face/leave", "leave_opt_in", face_enrolment.leave),
    ("GET", f"{J}/merge", "show_merge", merge.show),
    ("POST", f"{J}/merge", "merge", merge.switch),
    ("GET", f"{J}/merge/dispute", "show_dispute", merge.show_dispute),
    ("POST", f"{J}/merge/dispute", "dispute", merge.dispute),
    ("POST", f"{J}/merge/withdraw", "withdraw_claim", merge.withdraw),
    ("GET", f"{J}/join", "show_join", join.show),
    ("POST", f"{J}/join", "join", join.decide),
    ("POST", f"{J}/join/leave", "leave_apart", join.leave),
    ("GET", f"{J}/approve", "show_approve", approve.show),
    ("POST", f"{J}/approve", "approve", approve.submit),
    ("GET", f"{J}/consent", "show_consent", consent.show),
    ("POST", f"{J}/consent", "consent", consent.decide),
)

# The pages of a check by camera, and what they and their script say; nothing of it is there where nobody could judge.
CAMERA: Final[tuple[tuple[str, str, str, Callable[..., Any]], ...]] = (
    ("POST", f"{J}/prove/<channel>/start", "camera_start", camera_attempts.start),
    ("POST", f"{J}/prove/<channel>/frames", "camera_frames", camera_attempts.frames),
    ("POST", f"{J}/prove/<channel>/picture", "camera_picture", camera_attempts.picture),
    ("POST", f"{J}/prove/<channel>/consent", "agree_to_camera", camera_page.agree),
    ("GET", f"{J}/prove/<channel>/phone", "show_handover", handover.wait),
    ("POST", f"{J}/prove/<channel>/phone", "handover", handover.offer),
    ("GET", "/face/<token>", "show_phone", handover.show),
    ("POST", "/face/<token>", "phone", handover.join),
    ("POST", "/face/<token>/start", "phone_start", handover.start),
    ("POST", "/face/<token>/frames", "phone_frames", handover.frames),
    ("POST", "/face/<token>/picture", "phone_picture", handover.picture),
    ("GET", "/face/<token>/done", "phone_done", handover.done),
    ("GET", f"{J}/second-factor/app", "show_second_factor_app", second_factor.show_app),
    ("GET", f"{J}/second-factor/face", "show_second_factor_face", second_factor_face.show),
    ("POST", f"{J}/second-factor/face/start", "start_second_factor_face", second_factor_face.start),
    ("POST", f"{J}/second-factor/face/frames", "second_factor_face_frames", second_factor_face.frames),
    ("POST", f"{J}/second-factor/face/picture", "second_factor_face_picture", second_factor_face.picture),
    ("GET", f"{J}/face/code", "show_opt_in_code", face_enrolment.show_code),
    ("POST", f"{J}/face/code", "opt_in_code", face_enrolment.submit_code),
    ("GET", f"{J}/face/camera", "show_opt_in_camera", face_enrolment.show_camera),
    ("POST", f"{J}/face/camera/start", "start_opt_in_camera", face_enrolment.start),
    ("POST", f"{J}/face/camera/frames", "opt_in_camera_frames", face_enrolment.frames),
    ("POST", f"{J}/face/camera/picture", "opt_in_camera_picture", face_enrolment.picture),
)


def mount(app: Flask, services: Services) -> None:
    """Mount every page, its headers, languages and error pages on ``app``.

    ``app`` has its secret key, its cookie settings and its CSRF guard already. The guard leaves these pages alone: each
    checks the token with its form, so that a stale one costs nobody what was typed (a test posts to all without one).
    """
    app.config.update(
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=BROWSER_LIFE,
        WTF_I18N_ENABLED=False,
    )
    pages = Blueprint("pages", __name__, static_folder=str(render.STATIC), static_url_path="/assets")
    for method, address, endpoint, view in (*TABLE, *(CAMERA if services.captures else ())):
        pages.add_url_rule(address, endpoint, view, methods=[method])
    app.register_blueprint(pages)
    app.extensions["csrf"].exempt(pages)
    languages.mount(app, services.settings.default_locale)
    headers.mount(app, services.settings, assets="pages.static")
    render.mount(app, _digests())
    errors.mount(app)


def _digests() -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in render.STATIC.iterdir()}
