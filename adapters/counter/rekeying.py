"""A change of name or number, as two officers state it with the document about the change before them.

::

    "rekeying": {"kind": "renamed" | "renumbered", "name": former, "id_number": former, "ground": which document}

The desk is never told whose account it is about: it states who the person was, and the account must be that person's.
"""

from collections.abc import Mapping
from typing import Any, Final

from adapters.counter.fields import CHANNEL, object_of, text_of
from adapters.counter.officers import two_officers
from idp.domain import id_numbers, persons
from idp.domain.channel import Correction
from idp.domain.errors import Distrusted, InvalidInput
from idp.domain.id_numbers import IdNumber
from idp.domain.persons import PersonName

RENAMED: Final = "renamed"
RENUMBERED: Final = "renumbered"  # a name may have changed with it


def read(verdict: Mapping[str, Any], name: PersonName, number: IdNumber, today: Any) -> Correction:
    """The correction that the verdict states; ``name`` and ``number`` are right from now on. Raises Distrusted."""
    stated = object_of(verdict, "rekeying")
    officers = two_officers(verdict)
    if not text_of(stated, "ground").strip():
        raise Distrusted(CHANNEL, "re-keying without a document")
    try:
        former_name = persons.parse_name(text_of(stated, "name"))
        former = id_numbers.parse(text_of(stated, "id_number"), today=today)
    except InvalidInput:
        raise Distrusted(CHANNEL, "no former person in the answer") from None
    _check_kind(text_of(stated, "kind"), former_name.same_as(name.folded), former == number)
    return Correction(former_name.folded, former.value, officers)


def _check_kind(kind: str, same_name: bool, same_number: bool) -> None:  # noqa: FBT001  two facts, told apart by name
    right = {RENAMED: same_number and not same_name, RENUMBERED: not same_number}
    if not right.get(kind, False):
        raise Distrusted(CHANNEL, "re-keying of another kind than stated")
