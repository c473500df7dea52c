"""clients.yaml -> :class:`~idp.domain.client.Client`; every fault reported at once, with path and line.

Keys are RFC 7591 metadata names, checked by the models of :mod:`idp.registration`. The JSON Schema of the file is
generated from them (``docs/clients.schema.json``).
"""

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from idp.domain.client import AuthMethod, Client
from idp.registration.methods import ANY_CLIENT, AnyClient
from idp.yaml_places import Place, lines_of, repeated_keys, text_of


class ClientsInvalid(Exception):
    """The file is refused. ``faults`` has one line each: ``clients[1].redirect_uris[0] (line 12): why``."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class ClientsFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clients: tuple[AnyClient, ...] = Field(max_length=5000)


_FILE = TypeAdapter(ClientsFile)


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of clients.yaml, for editors and for the drift test."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_FILE.json_schema()}


def load(text: str, *, development: bool, secrets: Mapping[str, str] | None = None) -> tuple[Client, ...]:
    """Read a file's text; ``secrets``: those it refers to, by name.

    Raises :class:`ClientsInvalid` with every fault, each with its path and line.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise ClientsInvalid([f"not YAML{where}: {getattr(error, 'problem', error)}"]) from None
    lines = lines_of(node)
    faults = [f"{text_of(path)} (line {line}): repeated key" for path, line in repeated_keys(node)]
    declared: Sequence[ANY_CLIENT] = ()
    try:
        declared = _FILE.validate_python(document).clients
    except ValidationError as error:
        faults += [_fault(lines, tuple(e["loc"]), e["msg"]) for e in error.errors(include_input=False)]
    seen: dict[str, int] = {}
    made: list[Client] = []
    for index, each in enumerate(declared):
        folded = unicodedata.normalize("NFKC", each.client_id).casefold()
        if folded in seen:
            faults.append(_fault(lines, ("clients", index, "client_id"), f"repeats clients[{seen[folded]}].client_id"))
        seen[folded] = index
        if each.development_only and not development:
            faults.append(_fault(lines, ("clients", index, "development_only"), "not allowed in production"))
        try:
            made.append(each.client(secrets))
        except KeyError as error:
            faults.append(_fault(lines, ("clients", index, "client_secret_refs"), f"no secret {error.args[0]} is set"))
        except ValueError as error:
            faults.append(_fault(lines, ("clients", index, "client_secret_refs"), str(error)))
    if faults:
        raise ClientsInvalid(faults)
    return tuple(made)


class ClientRegistry:
    """:class:`idp.domain.client.Clients` from a file. A bad reload keeps the old set and raises."""

    def __init__(self, path: Path, *, development: bool, secrets: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._secrets = secrets or {}
        self._development = development
        self._stamp: tuple[int, int] = (0, 0)
        self._clients: dict[str, Client] = {}
        self.reload()

    def get(self, client_id: str) -> Client | None:
        """The client of exactly this id."""
        return self._clients.get(client_id)

    def all(self) -> Sequence[Client]:
        """Every client, in order of declaration."""
        return tuple(self._clients.values())

    def changed(self) -> bool:
        """Whether the file differs from what was read last, by time and size."""
        try:
            return self._file_stamp() != self._stamp
        except FileNotFoundError:
            return False  # being replaced, or taken away: the clients that were read stay

    def reload(self) -> int:
        """Read the file again; the new set is taken whole or not at all. How many clients. Raises ClientsInvalid."""
        self._stamp = self._file_stamp()
        clients = load(self._path.read_text(encoding="utf-8"), development=self._development, secrets=self._secrets)
        self._clients = {client.client_id: client for client in clients}
        return len(clients)

    def _file_stamp(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size


def _fault(lines: dict[Place, int], location: Place, message: str) -> str:
    """One fault with the deepest line the YAML has for it (the union's tag is no key of the file)."""
    path = tuple(part for part in location if part not in set(AuthMethod))
    known = path
    while known and known not in lines:
        known = known[:-1]
    return f"{text_of(path)} (line {lines.get(known, 1)}): {message.removeprefix('Value error, ')}"
