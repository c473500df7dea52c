"""What happened, in words for the citizen: one sentence per kind of audit event, and how it ended."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

EVENTS_IN_WORDS: Final[Mapping[str, Any]] = {
    "registered": _l("Account opened"),
    "signed_in": _l("Signed in"),
    "sign_in_failed": _l("A sign-in was refused"),
    "linked": _l("A way to sign in was linked"),
    "link_refused": _l("Linking a way to sign in was refused"),
    "unlinked": _l("A link to sign in by was taken away"),
    "second_factor_failed": _l("A second factor was refused"),
    "second_factor_enrolled": _l("An authenticator app was set up"),
    "second_factor_removed": _l("The authenticator app was removed"),
    "face_consent_given": _l("You agreed that your face may be examined"),
    "face_consent_withdrawn": _l("You withdrew that your face may be examined"),
    "face_factor_enrolled": _l("Signing in with the face was set up"),
    "face_factor_removed": _l("Signing in with the face was removed"),
    "code_sent": _l("A code was sent by text message"),
    "attempt_ended": _l("Identity check"),
    "capture_fouled": _l("A check at the camera was stopped for safety"),
    "person_held_elsewhere": _l("A checked number belongs to another account"),
    "signed_on": _l("Signed in to a portal"),
    "consent_given": _l("Agreed to share data with a portal"),
    "consent_withdrawn": _l("Disconnected a portal"),
    "grant_replayed": _l("A portal's access was stopped for safety"),
    "token_revoked": _l("A portal gave its access back"),
    "signed_out": _l("Signed out"),
    "logout_delivered": _l("A portal was told about the sign-out"),
    "number_taken_over": _l("Your number went to the account that has shown more"),
    "number_disputed": _l("Two accounts claim one number; both are frozen"),
    "dispute_settled": _l("It is settled whose number it is"),
    "contra_indicator_noted": _l("A check answered with somebody else"),
    "accounts_joined": _l("Two accounts were joined"),
    "accounts_parted": _l("Joined accounts became two again"),
    "guardian_agreed": _l("A guardian agreed, or took it back"),
    "person_corrected": _l("Officers corrected the name or number"),
    "account_disabled": _l("The account was closed"),
    "account_enabled": _l("The account was opened again"),
    "event_delivered": _l("A portal was told about a change to the account"),
    "clients_reloaded": _l("The list of portals was read again"),
}
OUTCOMES_IN_WORDS: Final[Mapping[str, Any]] = {
    "ok": _l("succeeded"),
    "refused": _l("refused"),
    "limited": _l("too many tries"),
    "unavailable": _l("service not available"),
    "distrusted": _l("stopped for safety"),
}
