"""``/__control``: what tests and demonstrations do to the upstreams (channels.md 15).

==========  ============  ====================================================================================
``PUT``     ``clock``     ``{"now": seconds}`` or ``{"advance": seconds}``
``PUT``     ``faults``    one fault or a list of them; in place of those of the same operation
``DELETE``  ``faults``    all is well again; ``?channel=``, ``&operation=`` for these alone
``PUT``     ``latency``   ``{"channel", "median_ms", "p95_ms"}``; ``{"plausible": true}`` for every channel
``PUT``     ``windows``   ``{"channel", "on", "from"?, "to"?}``: shut at night
``PUT``     ``quotas``    ``{"channel", "operation"?, "per_day"}``; null for any number
``PUT``     ``seed``      ``{"seed"}``: chance begins anew
``PUT``     ``register``  ``{"id18", "name"?, "swbs"?, "portrait"?, "absent"?}``
``PUT``     ``portraits``   ``{"id18", "jpeg"}``: somebody's photograph, Base64; null forgets it
``GET``     ``requests``  the masked log; ``?channel=``
``GET``     ``state``     all that is set here
``GET``     ``catalogue``   upstreams, operations, and the modes that each cannot have
==========  ============  ====================================================================================

With a token set, ``Authorization: Bearer`` must carry it. 400: the request makes no sense; 422: the upstream's
protocol cannot fail in this way, with the reason.
"""

import base64
import hmac
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from adapters.sandbox.calendar import Window
from adapters.sandbox.catalogue import MODES, UPSTREAMS
from adapters.sandbox.faults import Fault, Impossible
from adapters.sandbox.house import House
from adapters.sandbox.replies import json_reply


def blueprint(house: House) -> Blueprint:
    """The control endpoints."""
    control = Blueprint("control", __name__, url_prefix="/__control")
    _guard(control, house)
    _faults(control, house)
    _time(control, house)
    _register(control, house)
    _portraits(control, house)
    _look(control, house)
    return control


def _guard(control: Blueprint, house: House) -> None:
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

    @control.errorhandler(Impossible)
    def impossible(error: Impossible) -> Response:
        return json_reply({"error": "impossible", "why": str(error)}, 422)


def _faults(control: Blueprint, house: House) -> None:
    @control.put("/faults")
    def put_faults() -> Response:
        body = request.get_json(silent=True)
        for fault in [Fault.from_json(row) for row in (body if isinstance(body, list) else [_object()])]:
            house.faults.put(fault)
        return json_reply({})

    @control.delete("/faults")
    def clear_faults() -> Response:
        house.faults.clear(request.args.get("channel"), request.args.get("operation"))
        return json_reply({})

    @control.put("/seed")
    def seed() -> Response:
        house.faults.reseed(int(_object()["seed"]))
        return json_reply({"seed": house.faults.seed})

    @control.put("/latency")
    def latency() -> Response:
        body = _object()
        if body == {"plausible": True}:
            for upstream in UPSTREAMS:
                house.faults.set_latency(upstream.name, *upstream.latency)
        else:
            house.faults.set_latency(str(body["channel"]), float(body["median_ms"]), float(body["p95_ms"]))
        return json_reply({})


def _time(control: Blueprint, house: House) -> None:
    @control.put("/clock")
    def clock() -> Response:
        body = _object()
        now = house.clock.now() + float(body["advance"]) if "advance" in body else float(body["now"])
        house.clock.set(now)
        return json_reply({"now": house.clock.now()})

    @control.put("/windows")
    def windows() -> Response:
        body = _object()
        house.calendar.set_window(str(body["channel"]), Window.from_json(body) if body["on"] is True else None)
        return json_reply({})

    @control.put("/quotas")
    def quotas() -> Response:
        body = _object()
        per_day = None if body["per_day"] is None else int(body["per_day"])
        house.calendar.set_quota(str(body["channel"]), body.get("operation"), per_day)
        return json_reply({})


def _register(control: Blueprint, house: House) -> None:
    @control.put("/register")
    def register() -> Response:
        body = _object()
        id18 = str(body.pop("id18"))
        if body.pop("absent", False):
            house.register.remove(id18)
        else:
            house.register.put(id18, body)
        return json_reply({})


def _portraits(control: Blueprint, house: House) -> None:
    @control.put("/portraits")
    def portraits() -> Response:
        body = _object()
        jpeg = body["jpeg"]
        house.portraits.put(str(body["id18"]), None if jpeg is None else base64.b64decode(str(jpeg), validate=True))
        return json_reply({})


def _look(control: Blueprint, house: House) -> None:
    @control.get("/requests")
    def requests() -> Response:
        channel = request.args.get("channel")
        return json_reply([asdict(entry) for entry in list(house.journal) if channel in {None, entry.channel}])

    @control.get("/state")
    def state() -> Response:
        windows = {
            c: {"from": f"{w.begins:%H:%M}", "to": f"{w.ends:%H:%M}"} for c, w in house.calendar.windows().items()
        }
        return json_reply(
            {
                "now": house.clock.now(),
                "seed": house.faults.seed,
                "faults": [asdict(fault) for fault in house.faults.live()],
                "latency": house.faults.latencies(),
                "windows": windows,
                "quotas": house.calendar.quotas(),
            }
        )

    @control.get("/catalogue")
    def catalogue() -> Response:
        rows = [
            {
                "channel": upstream.name,
                "where": upstream.where,
                "operations": upstream.operations,
                "only": {mode: sorted(operations) for mode, operations in upstream.only.items()},
                "impossible": upstream.impossible,
            }
            for upstream in UPSTREAMS
        ]
        return json_reply({"modes": sorted(MODES), "upstreams": rows})


def _object() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004  one family for the error handler
    return body
