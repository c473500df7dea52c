"""Streams of security events (OpenID Shared Signals Framework 1.0), and polling them (RFC 8936)."""

from collections.abc import Mapping
from typing import Final

from idp.oidc.shared_signals import PATHS, POLL_PATH, WELL_KNOWN
from idp.web.openapi.parts import ERROR, FAULTS, Operation, Reply, Schema, in_json, ref, text
from idp.web.openapi.public import document

CALLER: Final = ("bearer", "dpop", "clientSecret")
REFUSED: Final = {
    **FAULTS,
    403: Reply("`insufficient_scope`, or a client that is not registered for events.", ERROR),
    404: Reply("`not_found`: the client has no such stream.", ERROR),
}
STREAM_ID: Final = text("stream_id", "the stream")
CONFIGURATION: Final = PATHS["configuration_endpoint"]


def _changing(method: str, name: str, about: str, status: int, *, conflict: bool = False) -> Operation:
    replies: dict[int, Reply] = {status: in_json("The stream.", "Stream"), **REFUSED}
    if conflict:
        replies[409] = Reply("`conflict`: the client has a stream already.", ERROR)
    return Operation(CONFIGURATION, method, name, about, replies, security=CALLER, body=ref("StreamWish"))


def _posting(path: str, name: str, about: str, replies: Mapping[int, Reply], body: Schema) -> Operation:
    return Operation(path, "post", name, about, {**replies, **REFUSED}, security=CALLER, body=body)


OPERATIONS: Final = (
    document(WELL_KNOWN, "discoverEvents", "What is offered of security events (section 7.1).", "Transmitter"),
    Operation(
        CONFIGURATION,
        "get",
        "readStream",
        "Read a stream, or all there are (section 8.1.1.2).",
        {200: in_json("One stream, or a list.", "Streams"), **REFUSED},
        fields=(STREAM_ID,),
        security=CALLER,
    ),
    _changing("post", "createStream", "Create the client's stream (section 8.1.1.1).", 201, conflict=True),
    _changing("patch", "changeStream", "Change members of a stream (section 8.1.1.3).", 200),
    _changing("put", "replaceStream", "Replace a stream's members (section 8.1.1.4).", 200),
    Operation(
        CONFIGURATION,
        "delete",
        "deleteStream",
        "Delete a stream (section 8.1.1.5).",
        {204: Reply("Gone."), **REFUSED},
        fields=(STREAM_ID,),
        security=CALLER,
    ),
    Operation(
        PATHS["status_endpoint"],
        "get",
        "readStatus",
        "Whether a stream runs (section 8.1.2.1).",
        {200: in_json("Its status.", "StreamStatus"), **REFUSED},
        fields=(STREAM_ID,),
        security=CALLER,
    ),
    _posting(
        PATHS["status_endpoint"],
        "setStatus",
        "Pause, stop or go on (section 8.1.2.2).",
        {200: in_json("Its status.", "StreamStatus")},
        ref("StreamStatus"),
    ),
    _posting(
        PATHS["verification_endpoint"],
        "verify",
        "Ask for a verification event (section 8.1.4.2).",
        {
            204: Reply("It comes by the stream."),
            429: Reply("`too_many_requests`: within `min_verification_interval`.", ERROR),
        },
        ref("Verification"),
    ),
    _posting(
        POLL_PATH,
        "poll",
        "Take events, and say which were taken (RFC 8936 section 2.4).",
        {200: in_json("Security event tokens by `jti`.", "Events")},
        ref("Poll"),
    ),
)
