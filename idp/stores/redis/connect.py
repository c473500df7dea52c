"""From a URL to a wire.

=============================================  =======================================
``unix:///run/valkey.sock?db=0``               fast wire
``redis://user:password@host:6379/0``          fast wire
``rediss://...``, or further query options     redis-py (options as redis-py has them)
``redis+sentinel://h:26379,h:26379/name?db=0`` redis-py, the master of ``name``
``redis+cluster://h:7000,h:7001``              redis-py
=============================================  =======================================

``rediss+sentinel`` and ``rediss+cluster`` speak TLS. A user and password in the URL are those of the data servers;
``sentinel_username`` and ``sentinel_password`` in the query are those of the sentinels.
"""

from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import redis
from redis.cluster import ClusterNode
from redis.sentinel import Sentinel

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.client_wire import FAILURES, ClientWire, options
from idp.stores.redis.socket_wire import SocketWire
from idp.stores.redis.wire import Wire


def open(url: str, *, timeout: float = 2.0, name: str = "yihaotong") -> Wire:  # noqa: A001  read as connect.open
    """A wire to ``url``. ``timeout`` in seconds, for connecting and for each answer.

    Standalone servers are reached on first use, a cluster now. Raises ValueError for a URL that is none of the above
    (never quoting it: it may hold a password) and StoreUnavailable when a cluster does not answer.
    """
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    match parts.scheme:
        case "unix" | "redis" if query.keys() <= {"db"}:
            return _fast(parts, query, timeout, name)
        case "unix" | "redis" | "rediss":
            return ClientWire(redis.Redis.from_url(url, **options(timeout, name)), one_server=True)
        case "redis+sentinel" | "rediss+sentinel":
            return _sentinel(parts, query, options(timeout, name))
        case "redis+cluster" | "rediss+cluster":
            return _cluster(parts, options(timeout, name))
        case scheme:
            raise ValueError(f"not a Redis URL scheme: {scheme or 'none'}")


def _fast(parts: SplitResult, query: dict[str, str], timeout: float, name: str) -> Wire:
    path = unquote(parts.path)
    on_unix = parts.scheme == "unix"
    database = query.get("db") or ("" if on_unix else path.strip("/")) or "0"
    if not database.isdecimal():
        raise ValueError("the database of a Redis URL is a number")
    if on_unix and not path:
        raise ValueError("a unix:// URL needs the path of a socket")
    return SocketWire(
        path if on_unix else (parts.hostname or "127.0.0.1", parts.port or 6379),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password is not None else None,
        database=int(database),
        timeout=timeout,
        name=name,
    )


def _sentinel(parts: SplitResult, query: dict[str, str], common: dict[str, Any]) -> Wire:
    credentials, hosts = _hosts(parts, 26379)
    master = parts.path.strip("/")
    if not master:
        raise ValueError("a redis+sentinel:// URL needs the master's name as its path")
    tls: dict[str, Any] = {"ssl": True} if parts.scheme.startswith("rediss") else {}
    own = {key.removeprefix("sentinel_"): value for key, value in query.items() if key.startswith("sentinel_")}
    sentinels = Sentinel(hosts, sentinel_kwargs={**common, **tls, **own})  # type: ignore[no-untyped-call]
    database = int(query.get("db", "0"))
    client = sentinels.master_for(master, **common, **tls, **credentials, db=database)  # type: ignore[no-untyped-call]
    return ClientWire(client, one_server=True)


def _cluster(parts: SplitResult, common: dict[str, Any]) -> Wire:
    credentials, hosts = _hosts(parts, 6379)
    tls: dict[str, Any] = {"ssl": True} if parts.scheme.startswith("rediss") else {}
    nodes = [ClusterNode(host, port) for host, port in hosts]  # type: ignore[no-untyped-call]
    try:
        client = redis.RedisCluster(startup_nodes=nodes, **common, **tls, **credentials)
    except FAILURES as error:
        raise StoreUnavailable(f"cluster: {type(error).__name__}") from error
    return ClientWire(client, one_server=False)


def _hosts(parts: SplitResult, default_port: int) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    user, _, places = parts.netloc.rpartition("@")
    username, _, password = user.partition(":")
    credentials = {"username": unquote(username), "password": unquote(password)}
    hosts = [urlsplit(f"//{place}") for place in places.split(",") if place]
    if not hosts:
        raise ValueError("a Redis URL needs at least one host")
    return (
        {key: value for key, value in credentials.items() if value},
        [(host.hostname or "127.0.0.1", host.port or default_port) for host in hosts],
    )
