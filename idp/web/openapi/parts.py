"""What an operation is described by, and its form in OpenAPI 3.1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: of the query for GET, of the form for POST."""

    name: str
    about: str
    schema: Schema
    required: bool = False


def text(name: str, about: str, *, required: bool = False, **schema: Any) -> Field:
    """A text."""
    return Field(name, about, {"type": "string", "minLength": 1, **schema}, required)


def choice(name: str, about: str, values: Sequence[str], *, required: bool = False) -> Field:
    """One of a closed list."""
    return Field(name, about, {"type": "string", "enum": list(values)}, required)


def ref(name: str) -> Schema:
    """A schema of :mod:`idp.web.openapi.schemas`."""
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One status. ``schemas``: by media type; empty where there is no body. ``headers``: name -> what it says."""

    about: str
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def in_json(about: str, name: str, **headers: str) -> Reply:
    """A JSON document of a named schema."""
    return Reply(about, {JSON: ref(name)}, headers)


PAGE: Final[Mapping[str, Schema]] = {HTML: {"type": "string"}}
ERROR: Final[Mapping[str, Schema]] = {JSON: ref("Error")}

REFUSED: Final = Reply("The request is wrong; `error_description` says what to change.", ERROR)
UNAUTHENTICATED: Final = Reply(
    "Authentication or token are missing or wrong.", ERROR, {"WWW-Authenticate": "what would do (RFC 6750, RFC 9449)"}
)
TOO_LARGE: Final = Reply("The body is longer than any message of this endpoint.", ERROR)
LATER: Final = Reply("Not now.", ERROR, {"Retry-After": "seconds to wait"})
FAULTS: Final[Mapping[int, Reply]] = {400: REFUSED, 401: UNAUTHENTICATED, 413: TOO_LARGE, 503: LATER}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. ``security``: schemes, any of which will do; ``body``: the schema of a JSON body."""

    path: str
    method: str
    name: str
    about: str
    replies: Mapping[int, Reply]
    fields: Sequence[Field] = ()
    path_fields: Sequence[Field] = ()
    headers: Sequence[Field] = ()
    security: Sequence[str] = ()
    body: Schema | None = None

    def rendered(self) -> dict[str, Any]:
        """The Operation Object (OpenAPI 3.1, 4.8.10)."""
        made: dict[str, Any] = {
            "operationId": self.name,
            "summary": self.about,
            "responses": {str(status): _reply(reply) for status, reply in sorted(self.replies.items())},
        }
        if parameters := self._parameters():
            made["parameters"] = parameters
        if body := self._body():
            made["requestBody"] = body
        if self.security:
            made["security"] = [{} if scheme == ANONYMOUS else {scheme: []} for scheme in self.security]
        return made

    def _parameters(self) -> list[dict[str, Any]]:
        places = [("path", self.path_fields), ("header", self.headers)]
        if self.method in {"get", "delete"}:
            places.append(("query", self.fields))
        return [
            {
                "name": each.name,
                "in": place,
                "description": each.about,
                "required": each.required,
                "schema": dict(each.schema),
            }
            for place, fields in places
            for each in fields
        ]

    def _body(self) -> dict[str, Any] | None:
        if self.body is not None:
            return {"required": True, "content": {JSON: {"schema": dict(self.body)}}}
        if self.method != "post" or not self.fields:
            return None
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {each.name: {**each.schema, "description": each.about} for each in self.fields},
        }
        if required := [each.name for each in self.fields if each.required]:
            schema["required"] = required
        return {"required": bool(required), "content": {FORM: {"schema": schema}}}


# In a list of security schemes: none of them is needed.
ANONYMOUS: Final = ""


def _reply(reply: Reply) -> dict[str, Any]:
    made: dict[str, Any] = {"description": reply.about}
    if reply.schemas:
        made["content"] = {media: {"schema": dict(schema)} for media, schema in reply.schemas.items()}
    if reply.headers:
        made["headers"] = {
            name: {"description": about, "schema": {"type": "string"}} for name, about in reply.headers.items()
        }
    return made
