"""``/__control``: what tests and demonstrations do to the upstreams (channels.md 15).

========  ============  =====================================================================
``PUT``   ``clock``     ``{"now": seconds}`` or ``{"advance": seconds}``
``PUT``   ``faults``    one fault or a list of them; in place of those of the same operation
``DELETE``  ``faults``  all is well again
``PUT``   ``latency``   ``{"channel", "median_ms", "p95_ms"}``
``PUT``   ``register``  ``{"id18", "name"?, "swbs"?, "portrait"?, "absent"?}``
``GET``   ``requests``  the masked log
========  ============  =====================================================================

With a token set, ``Authorization: Bearer`` must carry it.
"""

import hmac
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from adapters.sandbox.faults import Fault
from adapters.sandbox.house import House
from adapters.sandbox.replies import json_reply


def blueprint(house: House) -> Blueprint:
    """The control endpoints."""
    control = Blueprint("control", __name__, url_prefix="/__control")

    @control.before_request
    def guard() -> Response | None:
        if house.control_token is None:
            return None
        presented = request.headers.get("Authorization", "").encode()
        if hmac.compare_digest(presented, f"Bearer {house.control_token}".encode()):
            return None
        return Response("", 401, headers={"WWW-Authenticate": "Bearer"})

    @control.errorhandler(ValueError)
    @control.errorhandler(KeyError)
    @control.errorhandler(TypeError)
    def bad(error: Exception) -> Response:
        return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)

    @control.put("/clock")
    def clock() -> Response:
        body = _object()
        now = house.clock.now() + float(body["advance"]) if "advance" in body else float(body["now"])
        house.clock.set(now)
        return json_reply({"now": house.clock.now()})

    @control.put("/faults")
    def put_faults() -> Response:
        body = request.get_json(silent=True)
        for fault in [Fault.from_json(row) for row in (body if isinstance(body, list) else [_object()])]:
            house.faults.put(fault)
        return json_reply({})

    @control.delete("/faults")
    def clear_faults() -> Response:
        house.faults.clear()
        return json_reply({})

    @control.put("/latency")
    def latency() -> Response:
        body = _object()
        house.faults.set_latency(str(body["channel"]), float(body["median_ms"]), float(body["p95_ms"]))
        return json_reply({})

    @control.put("/register")
    def register() -> Response:
        body = _object()
        id18 = str(body.pop("id18"))
        if body.pop("absent", False):
            house.register.remove(id18)
        else:
            house.register.put(id18, body)
        return json_reply({})

    @control.get("/requests")
    def requests() -> Response:
        return json_reply([asdict(entry) for entry in house.journal])

    return control


def _object() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004  one family for the error handler
    return body
