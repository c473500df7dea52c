"""How people walk each channel: what somebody does at a step, and what the browser then brings to us.

One function a channel. It is given the step and answers the reply's fields, or what was seen of them; a person with nothing to show
(no card, no licence, no account) does what such a person can do.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from lxml import html

from adapters.sandbox.population import Person
from idp.domain.capturing import Judged
from idp.domain.channel import Capture, FieldKind, Form, Redirect, Scan, Step
from idp.people.prove import Begun, Pending, Refused, Result
from tests.adapters.counter import FIRST, SECOND, TYPED
from tests.adapters.judge import jpeg, judged
from tests.adapters.rigs import SANDBOX
from tests.people.nine import Nine, home_of

PATIENCE_SECONDS = 60
RETURN = "https://idp.test/journey/j1/prove/return"
# The fields of a reply, and, where our own judge looked on, what it says.
Said = tuple[Mapping[str, str], Judged | None]
Walk = Callable[[Nine, Step, Person], Said]


class PageFailed(AssertionError):
    """A page of an upstream that did not open, or a text that did not come: the person cannot go on."""


def type_in(nine: Nine, step: Step, person: Person) -> Said:
    """Every form of ours, the code of a text message too."""
    assert isinstance(step, Form)
    known = {
        FieldKind.NAME: person.name,
        FieldKind.ID_NUMBER: person.id18,
        FieldKind.BANK_CARD: person.pan,
        FieldKind.MOBILE: person.phone,
    }
    if FieldKind.SMS_CODE in step.fields:
        known[FieldKind.SMS_CODE] = _texted(nine, person)
    return {kind: known[kind] for kind in step.fields}, None


def unlock_e_card(nine: Nine, step: Step, person: Person) -> Said:
    page = _opened(nine, step)
    forms = html.fromstring(page).forms
    if not forms:  # decided already: the person comes once more by the page's link, after a while
        nine.clock.advance(PATIENCE_SECONDS)
        return _comes_back(_link(page)), None
    form = {"ticket": forms[0].fields["ticket"], "holder": person.id18, "unlock": "password"}
    answer = nine.world.control.post("/social/essc/h5", data=form | {"decision": "confirm"})
    return _comes_back(answer.headers.get("Location") or _link(answer.text)), None


def press(**choices: str) -> Walk:
    """The first form of Alipay's page, with the person's account and these choices."""

    def walk(nine: Nine, step: Step, person: Person) -> Said:
        form = html.fromstring(_opened(nine, step)).forms[0]
        fields = {name: value for name, value in form.form_values() if value is not None}
        own = {"account": person.id18} if "account" in form.fields else {}
        answer = nine.world.control.post(form.action, data=fields | own | choices)
        return _comes_back(answer.headers.get("Location") or _link(answer.text)), None

    return walk


def use_phone(nine: Nine, step: Step, person: Person) -> Said:
    """Scan and type the number; once a phone has joined and the face session is open, show the face."""
    assert isinstance(step, Scan)
    ref = step.keep["ref"]
    if "verify_id" in step.keep:
        nine.world.control.post("/wechat/phone/face", data={"ref": ref, "choice": "my_face"})
    elif not step.joined:
        letter = {"ref": ref, "account": person.key, "match": step.match}
        nine.world.control.post("/wechat/phone/login", data=letter)
    return {}, None


def show_licence(nine: Nine, step: Step, person: Person) -> Said:
    """Only 钱大 holds licences; who finds none of theirs presses 拒绝."""
    assert isinstance(step, Scan)
    chosen = {"decision": "confirm", "licence": "0"} if person.key == "legal" else {"decision": "refuse"}
    nine.world.control.post("/elicence/scan", data={"b": step.payload.rpartition("=")[2], **chosen})
    return {}, None


def look(nine: Nine, step: Step, person: Person) -> Said:
    assert isinstance(step, Capture)
    return {}, judged(jpeg(person.key))


def go_to_the_counter(nine: Nine, step: Step, person: Person) -> Said:
    """An officer reads the card; a document without a chip is typed, and a second officer confirms."""
    assert isinstance(step, Scan)
    client, case = nine.world.control, step.keep["request_id"]

    def post(officer: str, doing: str, **form: str) -> None:
        client.post(f"/counter/desk/{officer}/{case}/{doing}", data=form)

    client.post(f"/counter/desk/{SECOND}", data={"code": step.payload})
    typed = "permit" in person.traits
    if typed:
        post(SECOND, "type", **TYPED | {"name": person.name, "id_number": person.id18})
    else:
        post(SECOND, "read", card=person.key, condition="good")
    post(SECOND, "decide", decision="vouched", officer_states="yes", citizen_confirms="yes")
    if typed:
        post(FIRST, "confirm", agrees="yes")
    return {}, None


WALKS: Mapping[str, Walk] = {
    "police_population": type_in,
    "business_registry": show_licence,
    "unionpay_card": type_in,
    "social_security": unlock_e_card,
    "alipay_account": press(decision="agree"),
    "zhima_face": press(face="mine"),
    "wechat_realname": use_phone,
    "local_face": look,
    "counter_verify": go_to_the_counter,
}


def begin(nine: Nine, citizen_id: str, channel: str, request_id: str = "r", home: int = 1) -> Begun | Refused:
    return nine.proving.begin(citizen_id, channel, RETURN, home_of(home, request_id))


def say(nine: Nine, citizen_id: str, begun: Begun, said: Said, request_id: str = "r", home: int = 1) -> Result:
    origin = home_of(home, request_id)
    return nine.proving.reply(begun.attempt_id, begun.channel, citizen_id, said[0], origin, judged=said[1])


def is_last(step: Step) -> bool:
    """Whether the reply to this step decides: no form, no phone comes after it."""
    if isinstance(step, Form):
        return FieldKind.BANK_CARD not in step.fields
    return not (isinstance(step, Scan) and "ref" in step.keep) or "verify_id" in step.keep


def walk_on(nine: Nine, citizen_id: str, begun: Begun, person: Person, request_id: str = "r", home: int = 1) -> Begun:
    """From the beginning to the last step, honestly."""
    while not is_last(begun.step):
        said = WALKS[begun.channel](nine, begun.step, person)
        result = say(nine, citizen_id, begun, said, request_id, home)
        assert isinstance(result, Pending), result
        begun = result.begun
    return begun


def _texted(nine: Nine, person: Person) -> str:
    """The newest code on the person's phone, for which a person waits a little."""
    for wait in (0, *[PATIENCE_SECONDS] * 4):
        nine.clock.advance(wait)
        texts = nine.world.control.get(f"/sms/inbox/{person.phone}.json").json
        if texts:
            return texts[0]["code"]
    raise PageFailed("no text message")


def _opened(nine: Nine, step: Step) -> str:
    assert isinstance(step, Redirect)
    page = nine.world.control.get(step.url.removeprefix(SANDBOX))
    if page.status_code != 200:
        raise PageFailed(page.status_code)
    return page.text


def _link(page: str) -> str:
    """A page that leads back by links, where an upstream sends the browser twice."""
    found = re.search(r'href="(https://idp\.test/[^"]+)"', page)
    assert found, page
    return html.fromstring(f'<a href="{found[1]}">').get("href")


def _comes_back(location: str) -> dict[str, str]:
    address = urlsplit(location)
    assert f"{address.scheme}://{address.netloc}{address.path}" == RETURN
    return dict(parse_qsl(address.query))
