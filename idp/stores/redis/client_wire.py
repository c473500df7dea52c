"""The general wire: redis-py, for TLS, Sentinel and Cluster.

redis-py repeats a command by itself when a connection fails; that is switched off here, because the first try may have
been executed. Moved and asked-for slots of a cluster are still followed: those were not executed.
"""

from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.wire import Argument, Call, Script, is_noscript, refused

FAILURES = (redis.RedisError, redis.exceptions.RedisClusterException, OSError)
"""What redis-py raises when there is no answer; the cluster's exception is no RedisError."""


def options(timeout: float, name: str) -> dict[str, Any]:
    """What every client is given: bytes in and out, deadlines in seconds, and no second try."""
    return {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "client_name": name,
        "protocol": 2,
        "decode_responses": False,
        "retry": Retry(NoBackoff(), 0),
    }


class ClientWire:
    """:class:`~idp.stores.redis.wire.Wire` over a redis-py client, which it owns."""

    def __init__(self, client: "redis.Redis | redis.RedisCluster", *, one_server: bool) -> None:
        self._client: Any = client
        self.one_server = one_server

    def call(self, keys: Sequence[str], script: Script, args: Sequence[Argument] = ()) -> Any:
        """Run a script by its digest; one the server does not know is sent in full."""
        try:
            return self._client.execute_command("EVALSHA", script.sha, len(keys), *keys, *args)
        except redis.exceptions.NoScriptError:
            return self._safely(script.name, "EVAL", script.source, len(keys), *keys, *args)
        except FAILURES as error:
            raise _fact(error, script.name) from error

    def fields(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        """Fields of a hash."""
        answer: list[bytes | None] = self._safely("HMGET", "HMGET", key, *names)
        return answer

    def many(self, calls: Sequence[Call]) -> list[Any]:
        """Run scripts in one pipeline (one per node of a cluster)."""
        if not calls:
            return []
        options = {} if not self.one_server else {"transaction": False}
        pipeline = self._client.pipeline(**options)
        for call in calls:
            pipeline.execute_command("EVALSHA", call.script.sha, len(call.keys), *call.keys, *call.args)
        try:
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        except FAILURES as error:
            raise _fact(error, "pipeline") from error
        for place, answer in enumerate(answers):
            if isinstance(answer, Exception):
                if not (isinstance(answer, redis.exceptions.NoScriptError) or is_noscript(answer)):
                    raise _fact(answer, calls[place].script.name)
                answers[place] = self.call(calls[place].keys, calls[place].script, calls[place].args)
        return answers

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _safely(self, doing: str, *command: Argument) -> Any:
        try:
            return self._client.execute_command(*command)
        except FAILURES as error:
            raise _fact(error, doing) from error


def _fact(error: Exception, doing: str) -> StoreUnavailable:
    if isinstance(error, redis.exceptions.ResponseError):
        return refused(error, doing)
    return StoreUnavailable(f"{doing}: {type(error).__name__}")
