"""The embedded Valkey: private, durable, one owner, stopped cleanly."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.connect import open as open_wire
from idp.stores.redis.embedded import EmbeddedServer
from idp.stores.redis.sessions import RedisSessions
from idp.system import SystemRandomness
from tests.contract.sign_on import facts


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="valkey-") as made:
        yield Path(made) / "data"


def test_a_second_start_keeps_the_sign_ins_of_the_first(directory, clock):
    with EmbeddedServer(directory) as server, closing(open_wire(server.url)) as wire:
        token = RedisSessions(wire, SystemRandomness()).open(facts(clock), now=clock.now())
    with EmbeddedServer(directory) as server, closing(open_wire(server.url)) as wire:
        assert RedisSessions(wire, SystemRandomness()).read(token, now=clock.now()) == facts(clock)


def test_only_its_owner_may_enter_and_there_is_no_tcp_port(directory):
    directory.mkdir(mode=0o755)
    with EmbeddedServer(directory) as server, closing(redis.Redis.from_url(server.url)) as client:
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((directory / "valkey.sock").stat().st_mode) == 0o700
        assert client.config_get("port") == {b"port": b"0"} or client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy").popitem()[1] in {b"noeviction", "noeviction"}


def test_a_directory_has_one_owner_at_a_time(directory):
    with EmbeddedServer(directory) as server:
        with pytest.raises(StoreUnavailable, match="in use"):
            EmbeddedServer(directory).start()
        assert server.running
    assert not server.running
    with EmbeddedServer(directory) as again:
        assert again.running


@pytest.mark.parametrize("deeper", ["", "d" * 60 + "/" + "e" * 60], ids=["short", "long"])
def test_a_server_whose_owner_was_killed_is_replaced_and_loses_nothing(directory, clock, deeper):
    directory /= deeper
    orphan = EmbeddedServer(directory)
    orphan.start()
    with closing(open_wire(orphan.url)) as wire:
        token = RedisSessions(wire, SystemRandomness()).open(facts(clock), now=clock.now())
    os.close(orphan._lock)  # what the kernel does for a process that dies
    orphan._lock = None
    with EmbeddedServer(directory) as server, closing(open_wire(server.url)) as wire:
        assert RedisSessions(wire, SystemRandomness()).read(token, now=clock.now()) == facts(clock)
        assert not orphan.running
        orphan.stop()
        assert server.running


def test_a_path_too_long_for_a_socket_is_no_obstacle(directory):
    deep = directory / ("d" * 60) / ("e" * 60)
    with EmbeddedServer(deep) as server, closing(redis.Redis.from_url(server.url)) as client:
        assert client.ping()
        socket = Path(server.url.removeprefix("unix://"))
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert not socket.parent.exists()


def test_a_server_that_cannot_start_says_so_and_gives_the_directory_up(directory):
    directory.mkdir()
    (directory / "appendonlydir").write_text("a file where a directory should be")
    with pytest.raises(StoreUnavailable, match=r"valkey\.log"):
        EmbeddedServer(directory).start()
    (directory / "appendonlydir").unlink()
    with EmbeddedServer(directory) as server:
        assert server.running


def test_stopping_twice_is_stopping_once(directory):
    server = EmbeddedServer(directory, durable=False)
    server.start()
    server.stop()
    server.stop()
    assert not server.running
