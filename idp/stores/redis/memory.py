"""What a server does when its memory is full: it must refuse, never forget."""

from idp.stores.redis.keyspace import SHARDS, Keyspace
from idp.stores.redis.wire import Call, Wire, load

_MEMORY = load("server_memory")
_POLICY = "maxmemory_policy:"
_UNKNOWN = "unknown"


def eviction_policies(wire: Wire) -> frozenset[str]:
    """``maxmemory-policy`` of every server that holds a shard; ``unknown`` where one does not tell.

    Raises StoreUnavailable, also where the provider's user may not ask (INFO).
    """
    keys = Keyspace()
    shards = SHARDS[:1] if wire.one_server else SHARDS
    answers = wire.many([Call(_MEMORY, [keys.outbox(shard)]) for shard in shards])
    return frozenset(_policy(answer) for answer in answers)


def _policy(answer: bytes) -> str:
    lines = answer.decode("ascii", "replace").splitlines()
    return next((line.removeprefix(_POLICY) for line in lines if line.startswith(_POLICY)), _UNKNOWN)
