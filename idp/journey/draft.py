"""A refused form, kept in its journey until the page that shows it again: closed words and what was typed, no sentence.

Sealed with the journey and gone with it. Passwords and one-time codes are never in it: forms leave them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from idp.domain.channel import Reason
from idp.domain.errors import Rule

LONGEST_VALUE: Final = 300


class Trouble(StrEnum):
    """Why a form was refused."""

    FIELD = "field"  # ``wrong`` and ``rule`` say which and why
    STALE = "stale"
    SIGN_IN = "sign_in"
    LIMIT = "limit"
    UNAVAILABLE = "unavailable"
    ANOTHER_PERSON = "another_person"
    NOT_CONFIRMED = "not_confirmed"  # a channel said no; ``reason`` and ``tries_left`` are its words
    NONE = "none"  # only what was typed is kept, for the form that comes next


@dataclass(frozen=True, slots=True)
class Draft:
    """``page`` is the form's address below its journey. Only ``citizen_id`` sees it: whoever was signed in, or nobody.

    ``until`` (epoch seconds, 0: no end) is when the trouble is over; what was typed stays.
    """

    page: str
    trouble: Trouble
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    citizen_id: str = ""
    wrong: str = ""
    rule: Rule | None = None
    reason: Reason | None = None
    tries_left: int | None = None
    until: float = 0.0

    def __post_init__(self) -> None:
        """Cut every value to ``LONGEST_VALUE`` characters: a record is no place to fill."""
        cut = {name: value[:LONGEST_VALUE] for name, value in self.values.items()}
        object.__setattr__(self, "values", cut)

    def at(self, now: float) -> Self | None:
        """This draft while its trouble lasts."""
        return None if self.trouble is Trouble.NONE or 0.0 < self.until <= now else self

    @classmethod
    def of_typed(cls, page: str, values: Mapping[str, str]) -> Self:
        """What was typed on ``page``, without any trouble."""
        return cls(page, Trouble.NONE, values)

    def seconds_left(self, now: float) -> int:
        """Whole seconds until the trouble is over, rounded up, 0 where it has no end of its own."""
        return max(0, int(-(-(self.until - now) // 1))) if self.until else 0

    def to_json(self) -> dict[str, Any]:
        """JSON values, for the journey's record."""
        return {
            "page": self.page,
            "trouble": self.trouble,
            "values": dict(self.values),
            "citizen_id": self.citizen_id,
            "wrong": self.wrong,
            "rule": self.rule,
            "reason": self.reason,
            "tries_left": self.tries_left,
            "until": self.until,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`to_json`."""
        closed = {
            "trouble": Trouble(value["trouble"]),
            "rule": Rule(value["rule"]) if value["rule"] else None,
            "reason": Reason(value["reason"]) if value["reason"] else None,
        }
        return cls(**{**value, **closed})
