"""JSON records, sealed: what journeys, attempts and releases look like in Redis."""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.domain.errors import MasterKeyWrong
from idp.domain.ports import FieldCipher


class JsonSealer:
    """Seals JSON objects with any :class:`~idp.domain.ports.FieldCipher`."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def seal_json(self, value: Mapping[str, Any], context: str) -> bytes:
        """Seal a JSON object. ``context`` names the place, e.g. ``journey:<digest of its id>``."""
        return self._cipher.seal(orjson.dumps(value), context)

    def open_json(self, sealed: bytes, context: str) -> dict[str, Any]:
        """The object again. Raises MasterKeyWrong when the text is not what was sealed for this place."""
        value = orjson.loads(self._cipher.open(sealed, context))
        if not isinstance(value, dict):
            raise MasterKeyWrong("sealed text is no JSON object")
        return value
