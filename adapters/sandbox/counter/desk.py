"""The officers' pages: open an appointment by its code, put a card on the reader, compare, vouch; confirm as second."""

from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapters.sandbox.counter import reader
from adapters.sandbox.counter.cases import OFFICERS, Case, Cases, NotAllowed, officer_of
from adapters.sandbox.counter.issued import Officer
from adapters.sandbox.counter.reader import CARD_STATES, NoReading, Reader
from adapters.sandbox.house import House
from adapters.sandbox.population import Person

_SLOW_SECONDS: Final = 4.0
_TYPED: Final = ("name", "id_number", "valid_to", "reason")


def mount(counter: Blueprint, house: House, cases: Cases) -> None:
    """Add the pages."""

    @counter.get("/desk")
    def officers() -> str:
        return render_template("counter_officers.html", officers=OFFICERS)

    @counter.get("/desk/<officer_id>")
    def desk(officer_id: str) -> str:
        return _desk(cases, _officer(officer_id))

    @counter.post("/desk/<officer_id>")
    def open_case(officer_id: str) -> AnyResponse | tuple[str, int]:
        officer = _officer(officer_id)
        case = cases.by_code(request.form.get("code", "").strip().upper())
        if case is None:
            return _desk(cases, officer, problem="没有这个预约码，或已过期。请核对后重新输入"), 404
        if case.state == "waiting":
            case.state, case.officer = "opened", officer
        return _to_case(officer, case)

    @counter.get("/desk/<officer_id>/<request_id>")
    def case_page(officer_id: str, request_id: str) -> str:
        return _case_page(house, cases, _officer(officer_id), _case(cases, request_id))

    @counter.post("/desk/<officer_id>/<request_id>/<step>")
    def take(officer_id: str, request_id: str, step: str) -> AnyResponse | tuple[str, int]:
        officer, case = _officer(officer_id), _case(cases, request_id)
        steps = {
            "read": _read,
            "type": _type,
            "register": _register,
            "rekey": _rekey,
            "decide": _decide,
            "confirm": _confirm,
        }
        if step not in steps:
            abort(404)
        try:
            steps[step](house, cases, officer, case)
        except NotAllowed as problem:
            return _case_page(house, cases, officer, case, problem=str(problem)), 409
        return _to_case(officer, case)


def _officer(officer_id: str) -> Officer:
    return officer_of(officer_id) or abort(404)


def _case(cases: Cases, request_id: str) -> Case:
    return cases.find(request_id) or abort(404)


def _to_case(officer: Officer, case: Case) -> Response | AnyResponse:
    return redirect(url_for("counter.case_page", officer_id=officer.id, request_id=case.request_id), 303)


def _desk(cases: Cases, officer: Officer, problem: str = "") -> str:
    return render_template("counter_desk.html", officer=officer, waiting=cases.for_second(), problem=problem)


def _case_page(house: House, cases: Cases, officer: Officer, case: Case, problem: str = "") -> str:
    shown: dict[str, Any] = {"people": house.register.people, "expired": cases.expired(case), "typing": _TYPED}
    return render_template("counter_case.html", officer=officer, case=case, problem=problem, **shown)


def _mine(officer: Officer, case: Case, *states: str) -> None:
    if case.officer is None or case.officer.id != officer.id or case.state not in states:
        raise NotAllowed("这份预约现在不由您办理")


def _read(house: House, cases: Cases, officer: Officer, case: Case) -> None:
    """Put a card on the reader and let the bridge read it."""
    del cases
    _mine(officer, case, "opened", "read", "reader_fault")
    person = house.register.holder(request.form.get("card", ""))
    condition = request.form.get("condition", "good")
    if person is None or condition not in CARD_STATES:
        raise NotAllowed("请选择一张身份证和它的状态")
    if condition == "slow":
        house.sleep(_SLOW_SECONDS)
    got = reader.read(_device(person, condition), officer.workstation, case.nonce)
    case.typed, case.rekeying, case.register = None, None, "not_asked"
    if isinstance(got, NoReading):
        case.reading, case.no_reading, case.state = None, got, "opened"
    else:
        case.reading, case.no_reading, case.state = got, None, "read"


def _device(person: Person, condition: str) -> Reader:
    if condition == "empty":
        return Reader()
    return Reader(reader.card_of(person, expired=condition == "expired"), damaged=condition == "damaged")


def _type(house: House, cases: Cases, officer: Officer, case: Case) -> None:
    """A document without a readable chip: typed, with a reason; a second officer must confirm."""
    del house, cases
    _mine(officer, case, "opened", "read", "reader_fault")
    typed = {name: request.form.get(name, "").strip() for name in _TYPED}
    if not all(typed.values()) or len(typed["valid_to"]) != 8 or not typed["valid_to"].isdecimal():
        raise NotAllowed("姓名、证件号码、有效期（8 位数字）和手工录入的原因都要填写")
    case.typed, case.reading, case.no_reading, case.state = typed, None, None, "read"
    case.rekeying, case.register = None, "not_asked"


def _register(house: House, cases: Cases, officer: Officer, case: Case) -> None:
    del house
    _mine(officer, case, "read")
    cases.ask_register(case)


def _rekey(house: House, cases: Cases, officer: Officer, case: Case) -> None:
    """The person had another name or number before; a second officer must confirm."""
    del house
    _mine(officer, case, "read")
    former = (request.form.get(field, "").strip() for field in ("former_name", "former_number", "ground"))
    cases.rekey(case, *former)


def _decide(house: House, cases: Cases, officer: Officer, case: Case) -> None:
    del house
    decision = request.form.get("decision", "")
    if decision == "reader_fault":
        _mine(officer, case, "opened", "read")
        case.state = "reader_fault"
        return
    _mine(officer, case, "read")
    stated = request.form.get("officer_states") == "yes" and request.form.get("citizen_confirms") == "yes"
    if decision == "vouched" and not stated:
        raise NotAllowed("通过之前，工作人员声明和办理人确认都要勾选")
    cases.decide(case, decision)


def _confirm(house: House, cases: Cases, officer: Officer, case: Case) -> None:
    del house
    if request.form.get("agrees") not in {"yes", "no"}:
        raise NotAllowed("请选择复核结论")
    cases.confirm(case, officer, agrees=request.form["agrees"] == "yes")
