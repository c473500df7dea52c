"""The sandbox on a real socket: how it starts, serves, hangs, breaks and stops."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from adapters import CHANNELS
from adapters.http import IDEMPOTENT_CHECK, Request, Surroundings, Upstream
from adapters.sandbox import server
from adapters.sandbox.__main__ import announcement, main
from adapters.sandbox.credentials import channel_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Verified
from idp.system import SystemClock, SystemRandomness
from tests.adapters.police import ZHANG_SAN

ROOT = Path(__file__).parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_refuses_an_address_that_other_machines_reach(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(server.NotLoopback):
        server.check(server.Options(host="0.0.0.0", port=free_port()))
    assert main(["--host", "0.0.0.0", "--port", str(free_port())]) == 2
    assert "--allow-other-machines" in capsys.readouterr().err
    server.check(server.Options(host="0.0.0.0", port=free_port(), allow_other_machines=True))


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


def test_it_does_not_start_in_production(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("IDP_MODE", "production")
    assert main(["--port", str(free_port())]) == 2
    assert "production" in capsys.readouterr().err


def test_it_says_where_to_click_and_one_command():
    said = announcement(server.Options(port=8100, control_token="token-1", cmpp_port=7890, seed=5))
    for text in (
        "http://127.0.0.1:8100/control?token=token-1",
        "/sms/inbox",
        "127.0.0.1:7890",
        "curl -X PUT",
        "token-1",
    ):
        assert text in said


@pytest.fixture(scope="module")
def served():
    """The sandbox as a person starts it, on a socket of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "adapters.sandbox", "--port", str(port), "--control-token", "token-1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, transport=httpx.HTTPTransport(retries=8), trust_env=False) as client:
        client.get("/favicon.ico").raise_for_status()  # it listens
        yield client, process, base
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 0, output
    assert "Traceback" not in output


def control(client: httpx.Client, mode: str, **more) -> None:
    headers = {"Authorization": "Bearer token-1"}
    client.delete("/__control/faults", headers=headers).raise_for_status()
    if mode:
        fault = {"channel": "police", "mode": mode, **more}
        client.put("/__control/faults", json=fault, headers=headers).raise_for_status()


@pytest.mark.parametrize("profile", ["gateway", "national", "nciic", "md5", "csb"])
def test_the_channel_works_over_a_real_socket(served, profile: str):
    client, _, base = served
    control(client, "")
    with httpx.HTTPTransport() as transport:
        around = Surroundings(clock=SystemClock(), randomness=SystemRandomness(), transport=transport)
        channel = CHANNELS["police_population"](channel_settings(base, profile=profile)["police_population"], around)
        attempt = Attempt("a", "police_population", 4e9, "https://idp.test/return")
        assert isinstance(channel.resume(attempt, Reply("a", "police_population", ZHANG_SAN)), Verified)


def test_a_proxy_of_the_environment_is_not_used(served, monkeypatch: pytest.MonkeyPatch):
    _, _, base = served
    for name in ("ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    around = Surroundings(clock=SystemClock(), randomness=SystemRandomness())
    with Upstream("test_channel", base, around, allow_plain_http=True) as upstream:
        stylesheet = upstream.ask(
            "page",
            lambda send: send(Request("/sandbox.css", readable=frozenset({405}))).status,
            IDEMPOTENT_CHECK,
            deadline=4e9,
        )
    assert stylesheet == 405  # the sandbox itself answered: a POST to a page


def test_control_on_a_socket_needs_the_token(served):
    client, _, _ = served
    assert client.get("/__control/requests").status_code == 401


def test_a_held_connection_is_the_clients_timeout_and_others_go_on(served):
    client, _, _ = served
    control(client, "timeout", operation="token")
    with pytest.raises(httpx.ReadTimeout):
        client.post("/police/auth/token", timeout=0.1)
    assert client.get("/", timeout=10).status_code == 200


def test_a_reset_connection_is_the_clients_transport_error(served):
    client, _, _ = served
    control(client, "reset", operation="token")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post("/police/auth/token", timeout=10)
    control(client, "")
