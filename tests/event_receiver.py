"""A relying party's endpoint for security events on a real socket, strict, by joserfc: RFC 8935 from the other side."""

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import KeySet
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

POLL = 0.02  # seconds in which the server notices that it should stop
TAKEN = (202, "")
ALLOWED = {"iss", "aud", "iat", "jti", "sub_id", "events"}


@dataclass(frozen=True)
class Arrived:
    """One push: who it came for, what it said, and the bearer token it brought."""

    client_id: str
    claims: dict[str, Any] = field(repr=False)
    token: str = field(repr=False)
    bearer: str | None = field(repr=False)

    @property
    def event(self) -> tuple[str, dict[str, Any]]:
        ((kind, payload),) = self.claims["events"].items()
        return kind, payload


class EventReceiver:
    """Takes events for every client of a test: ``/<client_id>``. ``answers`` are given in order, then 202.

    An answer may be a function, which is called while the sender waits.
    """

    def __init__(self, issuer: str, keys: Callable[[], Any]) -> None:
        self.issuer = issuer
        self._keys = keys
        self.answers: list[tuple[int, str] | Callable[[], tuple[int, str]]] = []
        self.faults: list[str] = []
        self.tried: list[Arrived] = []
        self._arrived: queue.Queue[Arrived] = queue.Queue()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), daemon=True)
        self._thread.start()

    def address(self, client_id: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{client_id}"

    def take(self) -> Arrived:
        """The next event that was verified and taken."""
        return self._arrived.get(timeout=10)

    def take_all(self) -> list[Arrived]:
        """What has arrived by now."""
        found = []
        while not self._arrived.empty():
            found.append(self._arrived.get_nowait())
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        try:
            arrived = self._verified(request)
        except AssertionError as error:
            self.faults.append(str(error))
            return self._json(400, "invalid_request")(environ, start_response)
        self.tried.append(arrived)
        answer = self.answers.pop(0) if self.answers else TAKEN
        status, code = answer() if callable(answer) else answer
        if status == 202:
            self._arrived.put(arrived)
        return self._json(status, code)(environ, start_response)

    def _verified(self, request: Request) -> Arrived:
        assert request.method == "POST", "method"
        assert request.mimetype == "application/secevent+jwt", "content type"
        token, client_id = request.get_data().decode("ascii"), request.path.strip("/")
        algorithms = ["RS256", "ES256"]
        read = jwt.decode(
            token,
            KeySet.import_key_set(self._keys()),
            algorithms=algorithms,
            registry=jws.JWSRegistry(algorithms=algorithms),
        )
        claims = read.claims
        assert read.header["typ"] == "secevent+jwt", "typ"
        assert set(claims) == ALLOWED, "claims"
        assert claims["iss"] == self.issuer, "iss"
        assert claims["aud"] == client_id, "aud"
        assert len(claims["jti"]) == 32, "jti"
        assert set(claims["sub_id"]) == {"format", "iss", "sub"}, "sub_id"
        assert (claims["sub_id"]["format"], claims["sub_id"]["iss"]) == ("iss_sub", self.issuer), "sub_id"
        assert len(claims["events"]) == 1, "events"
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        assert scheme in {"", "Bearer"}, "authorization"
        return Arrived(client_id, claims, token, bearer or None)

    @staticmethod
    def _json(status: int, code: str) -> Response:
        if not code:
            return Response(status=status)
        body = json.dumps({"err": code, "description": "not taken"})
        return Response(body, status, content_type="application/json")
