"""Citizens at their camera pages, in a process of their own: what a browser would say, without a browser.

:mod:`bench.faces` starts ``python -m bench.cameras`` and writes a job (JSON) to its standard input; each capture that
has ended is a line of JSON on its standard output. One call is under way at a time, as ``camera-run.js`` does it.
"""

import http.client
import json
import re
import struct
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.playing import Camera
from liveness.challenge import Movement
from tests.liveness.material import Player

# What the page's script has: camera-run.js.
WORTH_SENDING = 3
PATIENCE = 25.0
WHOLE_RUN = 150.0
PAUSES = (0.3, 0.7, 1.5, 3.0)
# Somebody who is told that there is a crowd presses the button again after this many seconds.
COMES_BACK = 5.0

FORM = "application/x-www-form-urlencoded"
RECORDS = "application/octet-stream"
_HEAD = struct.Struct(">III")
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Told:
    """How one citizen fared. ``ended``: accepted, asked again, refused, or how it was lost. Times in seconds."""

    ended: str = "lost"
    waited: float = 0.0  # from the first press of the button to a run that is begun
    took: float = 0.0  # from a run that is begun to the decision's answer
    decided: float = 0.0  # from the answer to the last frames to the decision's answer
    from_last_frame: float = 0.0  # from the moment the last picture was taken to the decision's answer
    busy_before: int = 0
    busy_frames: int = 0
    busy_picture: int = 0
    sent_away: int = 0  # told of the crowd, and pressed the button again
    frames: int = 0
    calls: int = 0
    slowest: float = 0.0  # call with frames


class Lost(Exception):
    """The capture has no result. ``str()`` says how it ended."""


class SentAway(Exception):
    """The page says that there is a crowd."""


class Browser:
    """A kept connection and a few cookies."""

    def __init__(self, port: int, cookie: str) -> None:
        self.address = ("127.0.0.1", port)
        self.connection = http.client.HTTPConnection(*self.address, timeout=60)
        self.cookies = dict([cookie.split("=", 1)])

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
        """Status, headers and body. Asks twice where the server closed a connection that lay idle."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        try:
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers, answer.read()

    def page(self, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Address and text of the page that a link or a form leads to. Raises Lost."""
        body = urlencode(form).encode() if form is not None else None
        status, headers, text = self.ask("POST" if form is not None else "GET", path, body, **{"Content-Type": FORM})
        for _ in range(10):
            if status not in {302, 303}:
                break
            parts = urlsplit(headers["Location"])
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            status, headers, text = self.ask("GET", path)
        if status != 200:
            raise Lost(f"{status} at {re.sub(r'/journey/[^/]+', '/journey/…', path)}")
        return path, text.decode()


class Citizen:
    """One who is at level 1 and goes up by the camera."""

    def __init__(self, port: int, cookie: str, player: Player) -> None:
        self.browser = Browser(port, cookie)
        self.player = player
        self.told = Told()
        self.base = self.token = self.capture = ""

    def arrive(self) -> None:
        """From the account page to the camera page, consent given. Raises Lost."""
        _, text = self.browser.page("/account")
        path, text = self.browser.page("/account/prove", {"csrf_token": token(text)})
        self.base = f"{path.removesuffix('/prove')}/prove/local_face"
        _, text = self.browser.page(self.base)
        _, text = self.browser.page(f"{self.base}/consent", {"csrf_token": token(text)})
        if "data-camera" not in text:
            raise Lost("no camera page")
        self.token = token(text)

    def verify(self) -> Told:
        """A run from the button to its result."""
        pressed = begun = time.monotonic()
        try:
            step = self._begin()
            begun = time.monotonic()
            self.told.waited = begun - pressed
            camera, last, sent = self._film(step)
            answered = time.monotonic()
            self._decide(sent)
            now = time.monotonic()
            self.told.decided, self.told.from_last_frame = now - answered, now - last
            self.told.frames = camera.number
        except Lost as error:
            self.told.ended = str(error)
        except (OSError, http.client.HTTPException) as error:
            self.told.ended = type(error).__name__
        self.told.took = time.monotonic() - begun
        return self.told

    def _begin(self) -> dict[str, Any]:
        without = set(Movement) - self.player.movements
        form = urlencode([("csrf_token", self.token), ("calm", "1"), *(("without", str(each)) for each in without)])
        while True:
            try:
                return self._post("start", form.encode(), FORM)
            except SentAway:
                self.told.sent_away += 1
                time.sleep(COMES_BACK)

    def _film(self, step: dict[str, Any]) -> tuple[Camera, float, bytes]:
        """The camera, when its last picture was taken, and the picture that is wanted."""
        camera, kept, last = Camera(self.player), {}, 0.0
        camera.pace(0)
        end = camera.began + WHOLE_RUN
        while step["want"] is None:
            if time.monotonic() > end:
                raise Lost("the page gave up: slow")
            if camera.look() < WORTH_SENDING:
                time.sleep(0.02)
                continue
            body = b""
            for seq, (at, picture) in enumerate(camera.collect(), step["next"]):
                kept[seq], last = picture, at
                body += _HEAD.pack(seq, round((at - camera.began) * 1000), len(picture)) + picture
            sent = time.monotonic()
            try:
                step = self._post("frames", body, RECORDS)
            except SentAway:
                raise Lost("the page gave up: busy") from None
            camera.pace(time.monotonic() - sent)
            camera.show(step["shown"]["movement"])
        return camera, last, kept[step["want"]]

    def _decide(self, picture: bytes) -> None:
        try:
            go = self._post("picture", picture, "image/jpeg")["go"]
        except SentAway:
            raise Lost("no decision in time") from None
        _, text = self.browser.page(go)
        if go != self.base:
            self.told.ended = "accepted"
        else:
            self.told.ended = "asked again" if "data-camera" in text else "refused"

    def _post(self, name: str, body: bytes, kind: str) -> dict[str, Any]:
        """Until there is an answer. Raises SentAway, Lost."""
        headers = {"Content-Type": kind, "X-CSRFToken": self.token, "Accept": "application/json"}
        if name != "start":
            headers["X-Capture"] = self.capture
        patient = time.monotonic() + (60.0 if name == "picture" else PATIENCE)
        for tries in range(1000):
            self.told.calls += 1
            sent = time.monotonic()
            status, answered, text = self.browser.ask("POST", f"{self.base}/{name}", body, **headers)
            if name == "frames":
                self.told.slowest = max(self.told.slowest, time.monotonic() - sent)
            if status != 503:
                break
            count = {"start": "busy_before"}.get(name, f"busy_{name}")
            setattr(self.told, count, getattr(self.told, count) + 1)
            pause = float(answered.get("Retry-After", 0)) or PAUSES[min(tries, len(PAUSES) - 1)]
            if time.monotonic() + pause > patient:
                raise SentAway
            time.sleep(pause)
        if status != 200:
            raise Lost(f"{status} at {name}")
        said: dict[str, Any] = json.loads(text)
        if "go" in said and name != "picture":
            raise Lost(f"led away at {name}")
        self.capture = said.get("capture", self.capture)
        return said


def token(text: str) -> str:
    """The page's CSRF token. Raises Lost."""
    found = _TOKEN.search(text)
    if not found:
        raise Lost("no form")
    return found[1]


def main() -> None:
    """Everybody arrives, then everybody presses the button at once."""
    job = json.loads(sys.stdin.readline())
    players = {clip: Player(clip) for clip in set(job["clips"])}
    clips = zip(job["cookies"], job["clips"], strict=True)
    citizens = [Citizen(job["port"], cookie, players[clip]) for cookie, clip in clips]
    for each in citizens:
        each.arrive()
    for each in players.values():
        each.pictures  # noqa: B018  read before anything is measured
    say({"ready": len(citizens)})
    sys.stdin.readline()
    before, began = time.process_time(), time.monotonic()
    threads = [threading.Thread(target=lambda one=each: say(asdict(one.verify()))) for each in citizens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say({"share": (time.process_time() - before) / (time.monotonic() - began)})


_SAYING = threading.Lock()


def say(what: dict[str, Any]) -> None:
    """A line of JSON."""
    with _SAYING:
        print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
