"""``/control``: the control interface as pages for people, without script.

Signing in is the token: ``/control?token=…`` (the address that the server prints) trades it for a cookie, so that it
stands in no later address. Every form carries a value that another site cannot know.
"""

import datetime
import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapters.sandbox.calendar import CHINA, Window
from adapters.sandbox.catalogue import MODES, UPSTREAMS
from adapters.sandbox.faults import Fault, Impossible
from adapters.sandbox.house import House

_COOKIE: Final = "sandbox_control"
_SHOWN: Final = 200
Act = Callable[[House, Mapping[str, str]], None]


def _add_fault(house: House, form: Mapping[str, str]) -> None:
    channel, _, operation = form["at"].partition("/")
    row: dict[str, object] = {"channel": channel, "mode": form["mode"], "operation": operation or None}
    row |= {"rate": float(form.get("rate") or 1)}
    row |= {name: int(form[name]) for name in ("count", "latency_ms") if form.get(name)}
    house.faults.put(Fault.from_json(row))


def _clear_fault(house: House, form: Mapping[str, str]) -> None:
    channel, _, operation = form.get("at", "").partition("/")
    if not channel:
        house.faults.clear()
        return
    kept = [f for f in house.faults.live() if f.channel == channel and (f.operation or "") != operation]
    house.faults.clear(channel)
    for fault in kept:
        house.faults.put(fault)


def _latency(house: House, form: Mapping[str, str]) -> None:
    if form.get("plausible"):
        for upstream in UPSTREAMS:
            house.faults.set_latency(upstream.name, *upstream.latency)
        return
    house.faults.set_latency(form["channel"], float(form.get("median_ms") or 0), float(form.get("p95_ms") or 0))


def _window(house: House, form: Mapping[str, str]) -> None:
    house.calendar.set_window(form["channel"], Window() if form.get("on") == "yes" else None)


def _quota(house: House, form: Mapping[str, str]) -> None:
    per_day = int(form["per_day"]) if form.get("per_day") else None
    house.calendar.set_quota(form["channel"], None, per_day)


def _clock(house: House, form: Mapping[str, str]) -> None:
    house.clock.set(house.clock.now() + float(form["advance"]))


_ACTS: Final[dict[str, Act]] = {
    "faults": _add_fault,
    "clear": _clear_fault,
    "latency": _latency,
    "windows": _window,
    "quotas": _quota,
    "clock": _clock,
}


def blueprint(house: House) -> Blueprint:
    """The pages."""
    desk = Blueprint("desk", __name__, url_prefix="/control")

    @desk.before_request
    def guard() -> AnyResponse | None:
        if _known(house):
            return None
        given = request.args.get("token", "")
        if house.control_token and hmac.compare_digest(given.encode(), house.control_token.encode()):
            answer = redirect(url_for("desk.show"), 303)
            answer.set_cookie(_COOKIE, _derived(house, "cookie"), path="/control", httponly=True, samesite="Strict")
            return answer
        return Response(render_template("control_locked.html"), 401)

    @desk.get("")
    def show() -> str:
        return _page(house)

    @desk.post("/<act>")
    def change(act: str) -> AnyResponse:
        if not hmac.compare_digest(request.form.get("key", "").encode(), _derived(house, "form").encode()):
            return Response(_page(house, "这个页面已过期，请再试一次"), 403)
        if act not in _ACTS:
            return Response(_page(house, "没有这个操作"), 404)
        try:
            _ACTS[act](house, request.form)
        except Impossible as why:
            return Response(_page(house, f"这个上游的协议不会这样出错：{why}"), 422)
        except (ValueError, KeyError, OverflowError):
            return Response(_page(house, "填写有误，没有任何改动；请检查数字"), 400)
        return redirect(url_for("desk.show"), 303)

    @desk.get("/requests")
    def requests() -> AnyResponse:
        channel = request.args.get("channel", "")
        rows = [(_time(e.at), e) for e in reversed(list(house.journal)) if channel in {"", e.channel}][:_SHOWN]
        return make_response(render_template("control_requests.html", rows=rows, upstreams=UPSTREAMS, channel=channel))

    return desk


def _derived(house: House, what: str) -> str:
    key = (house.control_token or "open, for tests alone").encode()
    return hmac.new(key, what.encode(), sha256).hexdigest()


def _known(house: House) -> bool:
    if house.control_token is None:
        return True
    return hmac.compare_digest(request.cookies.get(_COOKIE, "").encode(), _derived(house, "cookie").encode())


def _time(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, tz=CHINA):%m-%d %H:%M:%S}"


def _page(house: House, problem: str = "") -> str:
    return render_template(
        "control.html",
        problem=problem,
        key=_derived(house, "form"),
        upstreams=UPSTREAMS,
        modes=sorted(MODES),
        faults=house.faults.live(),
        latencies=house.faults.latencies(),
        windows=house.calendar.windows(),
        quotas=house.calendar.quotas(),
        seed=house.faults.seed,
        now=f"{house.calendar.moment():%Y-%m-%d %H:%M:%S}",
    )
