"""``make run`` as a process: every address answers, a person signs on, and nothing is left behind."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from examples.demo.settings import ROOT

NAMES = ("DEMO_PROVIDER_PORT", "DEMO_SANDBOX_PORT", "DEMO_PORTAL_A_PORT", "DEMO_PORTAL_B_PORT")


def free_ports() -> dict[str, str]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in NAMES]
        return {name: str(probe.getsockname()[1]) for name, probe in zip(NAMES, probes, strict=True)}


class Demo:
    """One run of ``python -m examples`` over a data directory of its own."""

    def __init__(self, var: Path, ports: dict[str, str]) -> None:
        self.var = var
        self.ports = ports
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "DEMO_"))}
        self.log = var.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "examples"], cwd=ROOT, env=plain | ports | {"DEMO_VAR": str(var)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_until_ready(self) -> None:
        while "first page after" not in self.said:
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def origin(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[f'DEMO_{name}_PORT']}"

    def people(self) -> dict[int, str]:
        """Every living process of this run, by its environment or its command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if str(self.var) in command or str(self.var).encode() in (entry / "environ").read_bytes():
                        found[int(entry.name)] = command
        return {pid: command for pid, command in found.items() if command}

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def clean_up(self) -> None:
        for pid in self.people():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path / "var", free_ports())
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.clean_up()


def test_every_address_answers_and_sigterm_leaves_nothing_behind(demo: Demo) -> None:
    for name in ("PROVIDER", "SANDBOX", "PORTAL_A", "PORTAL_B"):
        assert httpx.get(f"{demo.origin(name)}/", follow_redirects=True).status_code == 200
        assert f"{demo.origin(name)}/" in demo.said
    assert httpx.get(f"{demo.origin('SANDBOX')}/sms/inbox").status_code == 200
    announced = httpx.get(f"{demo.origin('PROVIDER')}/.well-known/openid-configuration").json()
    assert announced["issuer"] == demo.origin("PROVIDER")

    again = subprocess.run(
        [sys.executable, "-m", "examples"],
        cwd=ROOT,
        env=os.environ | demo.ports,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 2
    for name, port in demo.ports.items():
        assert f"port {port} of 127.0.0.1 is in use" in again.stderr
        assert f"{name}=" in again.stderr

    assert demo.stop() == 0, demo.said
    assert demo.people() == {}


def operate(demo: Demo, *words: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "DEMO_"))}
    return subprocess.run(
        [sys.executable, "-m", "examples.operate", *words], cwd=ROOT, env=plain | demo.ports | {"DEMO_VAR": str(demo.var)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_operator_works_beside_the_running_provider_and_is_told_when_none_runs(demo: Demo) -> None:
    def published() -> set[str]:
        return {key["kid"] for key in httpx.get(f"{demo.origin('PROVIDER')}/jwks").json()["keys"]}

    listed = operate(demo, "clients", "list")
    assert listed.returncode == 0, listed.stderr
    assert "demo-service-hall" in listed.stdout
    before = published()
    assert operate(demo, "keys", "rotate", "ES256").returncode == 0
    end = time.monotonic() + 60
    while not before < published() and time.monotonic() < end:
        time.sleep(0.1)
    assert before < published()
    assert demo.stop() == 0, demo.said
    alone = operate(demo, "clients", "list")
    assert alone.returncode == 2
    assert "make run first" in alone.stderr


def test_a_second_start_keeps_the_data_and_ctrl_c_stops_it(demo: Demo) -> None:
    key, started = (demo.var / "master.key").read_bytes(), demo.said
    assert demo.stop(signal.SIGINT) == 0, demo.said
    assert "3 accounts opened" in started
    second = Demo(demo.var, demo.ports)
    try:
        second.wait_until_ready()
        assert (demo.var / "master.key").read_bytes() == key
        assert "accounts opened" not in second.said
        with httpx.Client() as browser:
            assert sign_in(second, "PORTAL_A", browser) == "张三"
        os.killpg(second.process.pid, signal.SIGINT)  # as a terminal does: to the whole group
        assert second.process.wait(30) == 0, second.said
        assert second.people() == {}
    finally:
        second.clean_up()


def test_when_one_process_dies_it_is_named_and_all_stop(demo: Demo) -> None:
    victim = min(pid for pid, command in demo.people().items() if "wsgi:provider" in command)
    os.kill(victim, signal.SIGKILL)  # the worst: a server's master, whose workers know nothing of it
    assert demo.process.wait(30) == 1
    assert "provider ended by itself" in demo.said
    assert demo.people() == {}


def test_a_start_that_is_killed_takes_its_processes_with_it(demo: Demo) -> None:
    demo.process.kill()
    demo.process.wait(10)
    deadline = time.monotonic() + 20
    while (left := {p: c for p, c in demo.people().items() if "valkey" not in c}) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == {}


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def test_one_sign_in_serves_both_portals_and_one_sign_out_ends_both(demo: Demo, browser: httpx.Client) -> None:
    page = browser.get(f"{demo.origin('PORTAL_A')}/sign-in", follow_redirects=True)
    refused = submit(browser, page, form="/cancel")
    assert str(refused.url).startswith(f"{demo.origin('PORTAL_A')}/callback?")
    assert 'id="error-code">access_denied<' in refused.text

    assert sign_in(demo, "PORTAL_A", browser) == "张三"
    straight_in = browser.get(f"{demo.origin('PORTAL_B')}/sign-in", follow_redirects=True)
    assert straight_in.url == f"{demo.origin('PORTAL_B')}/"
    assert all(step.status_code in {302, 303} for step in straight_in.history)
    assert claim(straight_in.text, "sub")
    assert claim(straight_in.text, "sub") != claim(browser.get(f"{demo.origin('PORTAL_A')}/").text, "sub")

    portal_a = browser.get(f"{demo.origin('PORTAL_A')}/")
    signed_out = submit(browser, portal_a)
    while "/signed-out" not in str(signed_out.url):  # the provider may ask whether it was meant
        signed_out = submit(browser, signed_out)
    assert "您已退出" in signed_out.text
    deadline = time.monotonic() + 20
    while "sign-out" in (page := browser.get(f"{demo.origin('PORTAL_B')}/").text) and time.monotonic() < deadline:
        time.sleep(0.05)  # the notice travels on its own
    assert 'id="sign-in"' in page


def sign_in(demo: Demo, portal: str, browser: httpx.Client) -> str | None:
    """Sign in as Zhang San through the provider's pages; the name that the portal shows."""
    page = browser.get(f"{demo.origin(portal)}/sign-in", follow_redirects=True)
    filled = {"username": "zhangsan", "password": "taishan-sunrise-1901"}
    for _ in range(4):
        if str(page.url).startswith(demo.origin(portal)):
            break
        page = submit(browser, page, **filled)
    return claim(page.text, "name")


def submit(browser: httpx.Client, page: httpx.Response, *, form: str = "", **filled: str) -> httpx.Response:
    """Press the first button of the first form (whose address ends in ``form``) of a page's main part."""
    main = page.text[page.text.index("<main") :]
    forms = re.findall(
        rf"<form\b(?=[^>]*method=\"post\")(?=[^>]*{form}\")[^>]*>.*?</form>", main, re.DOTALL | re.IGNORECASE
    )
    assert forms, page.text
    action = re.search(r'action="([^"]*)"', forms[0])
    fields = {}
    for tag in re.findall(r"<(?:input|button)\b[^>]*>", forms[0]):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in attributes:
            fields.setdefault(attributes["name"], filled.get(attributes["name"], attributes.get("value", "")))
    return browser.post(page.url.join(action[1] if action else ""), data=fields, follow_redirects=True)


def claim(page: str, name: str) -> str | None:
    """A claim as the portal's table shows it."""
    found = re.search(rf'data-claim="{re.escape(name)}">([^<]*)<', page)
    return found[1] if found else None
