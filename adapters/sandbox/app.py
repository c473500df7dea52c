"""The sandbox as one WSGI app: upstreams under their prefixes, the people in them, the control endpoints."""

import secrets
import time
from collections.abc import Callable, Iterable

from flask import Flask, Response, render_template, request

from adapters.sandbox import ant, carrier, control, desk, licence_app, police, registry, sms, social, unionpay, wechat
from adapters.sandbox.calendar import Window
from adapters.sandbox.catalogue import UPSTREAMS
from adapters.sandbox.counter import hall
from adapters.sandbox.house import Clock, House, SettableClock
from adapters.sandbox.organisations import Enterprises
from adapters.sandbox.population import ALIVE, Person, Register, expectations
from adapters.sandbox.portraits import Distance, Portraits
from adapters.sandbox.traits import CHANNELS

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def create_sandbox(
    clock: Clock,
    *,
    octets: Callable[[int], bytes] = secrets.token_bytes,
    sleep: Callable[[float], None] = time.sleep,
    synthetic: int = 0,
    generated: Iterable[Person] = (),
    seed: int | None = None,
    gateway_seconds: int = 600,
    national_seconds: int = 86_400,
    allowed_addresses: frozenset[str] | None = None,
    sms_flow_control: bool = True,
    alipay_open_id: bool = False,
    card_tries: int = 5,
    carrier_tries: int = 5,
    banks_close_at_night: bool = False,
    control_token: str | None = None,
    faces: Distance | None = None,
) -> Flask:
    """All upstreams with fresh state. ``sleep`` and ``octets`` are arguments so that tests stand still and repeat.

    ``synthetic`` people, whom every channel knows, stand in the registers besides the personas, and so do those
    ``generated`` (:func:`adapters.sandbox.population.generated`); ``seed`` repeats the chance of faults and latency;
    ``*_seconds`` are lives of platform secrets;
    ``alipay_open_id``: Alipay names accounts by ``open_id``, as it does to new applications, instead of ``user_id``;
    ``card_tries`` a day and card, ``carrier_tries`` a day and mobile;
    ``banks_close_at_night`` from 22:30 to 00:30 in China;
    ``control_token`` None leaves ``/__control`` open, which is for tests alone;
    ``faces`` compares pictures of real cameras (:func:`adapters.sandbox.portraits.by_model`).
    """
    house = House(
        clock=SettableClock(clock),
        octets=octets,
        sleep=sleep,
        register=Register(synthetic, generated),
        seed=int.from_bytes(octets(4)) if seed is None else seed,
        gateway_seconds=gateway_seconds,
        national_seconds=national_seconds,
        allowed_addresses=allowed_addresses,
        sms_flow_control=sms_flow_control,
        alipay_open_id=alipay_open_id,
        control_token=control_token,
        portraits=Portraits(faces),
    )
    app = Flask("adapters.sandbox", static_folder=None)
    # TimeoutFault and ResetFault must reach whoever serves the app.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.extensions["sandbox"] = house
    app.config["MAX_CONTENT_LENGTH"] = 8 * 1024 * 1024
    app.register_blueprint(police.blueprint(house))
    app.register_blueprint(sms.blueprint(house))
    app.register_blueprint(social.blueprint(house))
    app.register_blueprint(wechat.blueprint(house))
    app.register_blueprint(ant.blueprint(house))
    app.register_blueprint(unionpay.blueprint(house, card_tries=card_tries))
    app.register_blueprint(carrier.blueprint(house, tries=carrier_tries))
    if banks_close_at_night:
        house.calendar.set_window("unionpay", Window())
    enterprises = Enterprises()
    app.register_blueprint(registry.blueprint(house, enterprises))
    app.register_blueprint(licence_app.blueprint(house, enterprises))
    app.register_blueprint(hall.blueprint(house))
    app.register_blueprint(control.blueprint(house))
    app.register_blueprint(desk.blueprint(house))
    _pages(app, house)
    return app


def _pages(app: Flask, house: House) -> None:
    @app.get("/")
    def index() -> str:
        people = [(p, house.register.find(p.id18), expectations(p.key)) for p in house.register.people]
        shown = {"people": people, "alive": ALIVE, "upstreams": UPSTREAMS, "channels": CHANNELS}
        faults = len([f for f in house.faults.live() if f.count != 0])
        generated = len(house.register.generated)
        return render_template("index.html", **shown, faults=faults, generated=generated, here=request.host_url)

    @app.get("/sandbox.css")
    def css() -> Response:
        return Response(render_template("sandbox.css"), content_type="text/css; charset=utf-8")

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(status=204)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)  # a page with a form brings its own
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
