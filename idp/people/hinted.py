"""Whom a relying party means by a name (CIBA's ``login_hint``), and whether that person may be asked now.

The answer is an account or nothing, and nobody learns why it is nothing: unknown, closed, or asked too often lately.
The name is looked up like one typed at sign-in and is never kept or logged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.domain.audit_words import SignInMethod
from idp.domain.ports import Citizen, Citizens, Clock, Limits
from idp.people import limits as budget
from idp.people.calendar_day import china_day
from idp.people.contact import read_sign_in_name


@dataclass(frozen=True, slots=True)
class HintedPersons:
    """See the module."""

    citizens: Citizens
    limits: Limits
    clock: Clock

    def named(self, typed: str, client_id: str) -> str:
        """The account of a login name, a confirmed mobile number or a proved ID number, for the client that asks."""
        name = read_sign_in_name(typed, china_day(self.clock.now()))
        finders: Mapping[SignInMethod, Callable[[str], Citizen | None]] = {
            SignInMethod.LOGIN_NAME: self.citizens.by_login_name,
            SignInMethod.MOBILE: self.citizens.by_mobile,
            SignInMethod.ID_NUMBER: self.citizens.by_id_number,
        }
        return self._open(finders[name.method](name.value), f"{name.method}:{name.value}", client_id)

    def standing(self, citizen_id: str, client_id: str) -> str:
        """The account of an id that we sealed ourselves; an empty one is nobody's."""
        return self._open(self.citizens.by_id(citizen_id) if citizen_id else None, citizen_id, client_id)

    def _open(self, citizen: Citizen | None, key: str, client_id: str) -> str:
        """The account kept, when it is open and has not been asked too often (ASVS 6.6.4: no flood of prompts)."""
        while citizen is not None and citizen.merged_into is not None:
            citizen = self.citizens.by_id(citizen.merged_into)
        known = citizen is not None and citizen.disabled_at is None
        account = citizen.id if citizen is not None and known else key
        pairs = [
            *budget.each(budget.APPROVAL_CLIENT, f"{client_id}\0{account}"),
            *budget.each(budget.APPROVAL_ASKED, account),
        ]
        full = self.limits.hit(pairs, now=self.clock.now())
        return citizen.id if citizen is not None and known and full is None else ""
