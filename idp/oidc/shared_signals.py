"""The words of a Shared Signals transmitter (OpenID Shared Signals Framework 1.0, final): metadata, streams, polling.

Reading refuses what is not understood instead of guessing; every description is constant. Sections are of the framework
where no other document is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.domain.claims import MachineScope
from idp.domain.event_stream import EventStream, StreamStatus
from idp.oidc.security_events import EVENT_TYPES, SSF

PUSH: Final = "urn:ietf:rfc:8935"
POLL: Final = "urn:ietf:rfc:8936"
WELL_KNOWN: Final = "/.well-known/ssf-configuration"
# Metadata name -> path (section 7.1); ``poll`` is named by each stream (section 6.1.2).
PATHS: Final[Mapping[str, str]] = {
    "configuration_endpoint": "/ssf/stream",
    "status_endpoint": "/ssf/status",
    "verification_endpoint": "/ssf/verify",
}
POLL_PATH: Final = "/ssf/poll"
# Who manages a stream, and who only reads it and takes its events (CAEP Interoperability Profile 1.0, section 2.7.2).
MANAGE: Final = MachineScope.EVENTS_MANAGE.value
READ: Final = MachineScope.EVENTS_READ.value

VERIFICATION_SECONDS: Final = 10
# A client is told of these; verification and its like are about the stream and cannot be chosen (section 8.1.4).
SUPPORTED: Final = tuple(sorted(each for each in EVENT_TYPES.values() if not each.startswith(SSF)))
MAX_TEXT: Final = 400
MAX_EVENTS: Final = 50
MAX_JTI: Final = 128


class StreamUnknownError(OAuth2Error):
    """Section 8.1.1.2: no such stream of this client."""

    error = "not_found"
    status_code = 404


class StreamExistsError(OAuth2Error):
    """Section 8.1.1.1: a client has one stream."""

    error = "conflict"
    status_code = 409


class NotForEventsError(OAuth2Error):
    """RFC 6749 section 5.2: who called is known, and has nothing to do here."""

    error = "unauthorized_client"
    status_code = 403


class TooSoonError(OAuth2Error):
    """Section 8.1.4.2: verification was asked for within ``min_verification_interval``."""

    error = "too_many_requests"
    status_code = 429


@dataclass(frozen=True, slots=True)
class PollRequest:
    """RFC 8936 section 2.4. ``errors``: the SETs that the client will never take."""

    most: int
    taken: frozenset[str] = frozenset()
    errors: frozenset[str] = field(default=frozenset())


def metadata(issuer: str, jwks_path: str) -> Mapping[str, Any]:
    """Transmitter configuration metadata (section 7.1): what is mounted, nothing else."""
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": f"{issuer}{jwks_path}",
        "delivery_methods_supported": [PUSH, POLL],
        **{name: f"{issuer}{path}" for name, path in PATHS.items()},
        "critical_subject_members": [],
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}, {"spec_urn": "urn:ietf:rfc:7617"}],
        "default_subjects": "ALL",
    }


def configuration(stream: EventStream, issuer: str) -> Mapping[str, Any]:
    """A stream as its client sees it (section 8.1.1). Its secret is written and never read back."""
    poll = {"method": POLL, "endpoint_url": f"{issuer}{POLL_PATH}"}
    told: dict[str, Any] = {
        "stream_id": stream.id,
        "iss": issuer,
        "aud": stream.client_id,
        "events_supported": SUPPORTED,
        "events_requested": sorted(stream.events) if stream.events else SUPPORTED,
        "events_delivered": delivered(stream),
        "delivery": poll if stream.uri is None else {"method": PUSH, "endpoint_url": stream.uri},
        "min_verification_interval": VERIFICATION_SECONDS,
    }
    return told | ({"description": stream.description} if stream.description else {})


def delivered(stream: EventStream) -> Sequence[str]:
    """What the client asked for and can have."""
    return [each for each in SUPPORTED if not stream.events or each in stream.events]


def status(stream: EventStream) -> Mapping[str, str]:
    """Section 8.1.2.1."""
    told = {"stream_id": stream.id, "status": stream.status.value}
    return told | ({"reason": stream.reason} if stream.reason else {})


def change(stream: EventStream, body: Any, *, loopback: bool, whole: bool) -> EventStream:
    """The stream after a POST, PUT (``whole``: what is not named falls back) or PATCH. Raises OAuth2Error.

    Members that only we decide are taken where they say what is so (section 8.1.1.3), others are ignored.
    """
    asked = _object(body)
    blank = EventStream(stream.id, stream.client_id, status=stream.status, reason=stream.reason) if whole else stream
    changed = replace(blank, uri=stream.uri, bearer=stream.bearer, bearer_ref=stream.bearer_ref)
    if "delivery" in asked:
        changed = _delivery(changed, _object(asked["delivery"]), loopback=loopback)
    elif whole:
        raise InvalidRequestError("delivery is missing.")
    if "events_requested" in asked:
        changed = replace(changed, events=_events(asked["events_requested"]))
    if "description" in asked:
        changed = replace(changed, description=_text(asked, "description"))
    return changed


def change_status(stream: EventStream, body: Any) -> EventStream:
    """Section 8.1.2.2. Raises OAuth2Error."""
    asked = _object(body)
    wanted = asked.get("status")
    known = {each.value for each in StreamStatus} - {StreamStatus.DELETED.value}
    if not isinstance(wanted, str) or wanted not in known:
        raise InvalidRequestError("status must be enabled, paused or disabled.")
    return replace(stream, status=StreamStatus(wanted), reason=_text(asked, "reason"))


def verification(body: Any) -> Mapping[str, str]:
    """What goes back in the verification event (section 8.1.4.2): ``state``, if there is one. Raises OAuth2Error."""
    state = _text(_object(body), "state")
    return {"state": state} if state else {}


def poll_request(body: Any) -> PollRequest:
    """RFC 8936 section 2.4. ``returnImmediately`` is always so: nobody waits here. Raises OAuth2Error."""
    asked = _object(body)
    most, taken, errors = asked.get("maxEvents", MAX_EVENTS), asked.get("ack", []), asked.get("setErrs", {})
    if not isinstance(most, int) or isinstance(most, bool) or most < 0:
        raise InvalidRequestError("maxEvents must be a number, zero or more.")
    if not isinstance(taken, list) or not all(_may_be_jti(each) for each in taken):
        raise InvalidRequestError("ack must be a list of jti values.")
    named = isinstance(errors, dict) and all(_may_be_jti(each) for each in errors)
    if not named or not all(isinstance(each, dict) for each in errors.values()):
        raise InvalidRequestError("setErrs must be an object of objects by jti.")
    return PollRequest(min(most, MAX_EVENTS), frozenset(taken), frozenset(errors))


def _may_be_jti(value: Any) -> bool:
    """Of the characters that ours have; a NUL byte would be a fault of the database, and 503."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= MAX_JTI


def _delivery(stream: EventStream, asked: Mapping[str, Any], *, loopback: bool) -> EventStream:
    """Section 6.1. A push without a header keeps none: the one of another address must not go there."""
    method = asked.get("method")
    if method == POLL:
        return replace(stream, uri=None, bearer=None, bearer_ref=None)
    if method != PUSH:
        raise InvalidRequestError("delivery.method must be urn:ietf:rfc:8935 or urn:ietf:rfc:8936.")
    uri = asked.get("endpoint_url")
    if not isinstance(uri, str) or not _may_be_called(uri, loopback=loopback):
        raise InvalidRequestError("delivery.endpoint_url must be an https address without user-info and fragment.")
    bearer = _bearer(asked)
    kept = uri == stream.uri and bearer is None
    return stream if kept else replace(stream, uri=uri, bearer=bearer, bearer_ref=None)


def _may_be_called(uri: str, *, loopback: bool) -> bool:
    """The form alone; where it leads is looked at when it is called (:mod:`idp.outbound`)."""
    if not uri.isascii() or not uri.isprintable() or set(uri) & set(" \\#*") or len(uri) > MAX_TEXT:
        return False
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = loopback and parts.scheme == "http" and host in {"127.0.0.1", "localhost", "::1"}
    return bool(host) and "@" not in parts.netloc and (parts.scheme == "https" or plain)


def _bearer(asked: Mapping[str, Any]) -> str | None:
    """The token of ``authorization_header`` (section 6.1.1)."""
    header = _text(asked, "authorization_header")
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or not token.isascii() or " " in token:
        raise InvalidRequestError("delivery.authorization_header must be a Bearer token.")
    return token


def _events(asked: Any) -> frozenset[str]:
    """Types that are unknown here are left out (section 8.1.1); none that is known left is a mistake."""
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
        raise InvalidRequestError("events_requested must be a list of event types.")
    known = frozenset(asked) & frozenset(SUPPORTED)
    if not known:
        raise InvalidRequestError("events_requested names no event type of events_supported.")
    return known


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise InvalidRequestError("A JSON object is expected.")
    return body


def _text(asked: Mapping[str, Any], name: str) -> str:
    text = asked.get(name, "")
    if not isinstance(text, str) or len(text) > MAX_TEXT or not (text.isprintable() or not text):
        raise InvalidRequestError("A text member is not a short line of text.")
    return text
