"""The sandbox as one WSGI app: upstreams under their prefixes, the people in them, the control endpoints."""

import secrets
import time
from collections.abc import Callable

from flask import Flask, Response, render_template

from adapters.sandbox import control, police, sms
from adapters.sandbox.house import Clock, House, SettableClock
from adapters.sandbox.population import ALIVE, Register

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def create_sandbox(
    clock: Clock,
    *,
    octets: Callable[[int], bytes] = secrets.token_bytes,
    sleep: Callable[[float], None] = time.sleep,
    synthetic: int = 0,
    gateway_seconds: int = 600,
    national_seconds: int = 86_400,
    allowed_addresses: frozenset[str] | None = None,
    sms_flow_control: bool = True,
    control_token: str | None = None,
) -> Flask:
    """All upstreams with fresh state. ``sleep`` and ``octets`` are arguments so that tests stand still and repeat.

    ``synthetic`` people stand in the register besides the personas; ``*_seconds`` are lives of platform secrets;
    ``control_token`` None leaves ``/__control`` open, which is for tests alone.
    """
    house = House(
        clock=SettableClock(clock),
        octets=octets,
        sleep=sleep,
        register=Register(synthetic),
        gateway_seconds=gateway_seconds,
        national_seconds=national_seconds,
        allowed_addresses=allowed_addresses,
        sms_flow_control=sms_flow_control,
        control_token=control_token,
    )
    app = Flask("adapters.sandbox", static_folder=None)
    # TimeoutFault and ResetFault must reach whoever serves the app.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["MAX_CONTENT_LENGTH"] = 8 * 1024 * 1024
    app.register_blueprint(police.blueprint(house))
    app.register_blueprint(sms.blueprint(house))
    app.register_blueprint(control.blueprint(house))
    _pages(app, house)
    return app


def _pages(app: Flask, house: House) -> None:
    @app.get("/")
    def index() -> str:
        people = [(p, house.register.find(p.id18)) for p in house.register.people]
        return render_template("index.html", people=people, alive=ALIVE)

    @app.get("/sandbox.css")
    def css() -> Response:
        return Response(render_template("sandbox.css"), content_type="text/css; charset=utf-8")

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(status=204)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
