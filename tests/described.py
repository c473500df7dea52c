"""Answers held against the OpenAPI description: status, media type, schema, headers."""

import json
import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from werkzeug.test import TestResponse

PUBLIC = frozenset({200, 304})


class NotDescribed(AssertionError):
    """An answer that the description does not know."""


class Description:
    """One description, its schemas compiled once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._validators: dict[tuple[str, str, int, str], Any] = {}
        self._paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in document["paths"]]

    def path_of(self, path: str) -> str:
        """The path as described. Raises NotDescribed."""
        for pattern, described in self._paths:
            if pattern.fullmatch(path):
                return described
        raise NotDescribed(path)

    def check(self, method: str, path: str, response: TestResponse) -> None:
        """Raises NotDescribed."""
        described = self.path_of(path)
        where = f"{method.upper()} {described} {response.status_code}"
        operation = self.document["paths"][described].get(method.lower())
        if response.status_code == 405:
            if operation is not None or "Allow" not in response.headers:
                raise NotDescribed(f"{where}: a method that is described, or no Allow")
            return
        reply = (operation or {"responses": {}})["responses"].get(str(response.status_code))
        if reply is None:
            raise NotDescribed(f"{where}: {response.headers} {response.text[:300]}")
        media = {name.partition(";")[0]: name for name in reply.get("content", {})}
        if response.data and response.mimetype not in media:
            raise NotDescribed(f"{where}: {response.content_type}")
        if response.mimetype == "application/json" and response.data:
            self._validate(described, method.lower(), response, media["application/json"])

    def _validate(self, path: str, method: str, response: TestResponse, media: str) -> None:
        place = (path, method, response.status_code, media)
        if place not in self._validators:
            reply = self.document["paths"][path][method]["responses"][str(response.status_code)]
            schema = {**reply["content"][media]["schema"], "components": self.document["components"]}
            self._validators[place] = jsonschema_rs.validator_for(schema)
        found = json.loads(response.data)
        faults = [error.message for error in self._validators[place].iter_errors(found)]
        if faults:
            raise NotDescribed(f"{method} {path} {response.status_code}: {faults[:3]} in {str(found)[:300]}")
