"""The enterprises in the sandbox register: those of the personas, and three more. None of them exists."""

import json
import unicodedata
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from adapters.sandbox.population import Person, personas

IN_BUSINESS: Final = "存续（在营、开业、在册）"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One row of the business register."""

    name: str
    credit_code: str
    representative: Person = field(repr=False)
    state: str = IN_BUSINESS


@dataclass(frozen=True, slots=True)
class Licence:
    """Who may show an enterprise's e-licence. ``role``: 1 legal representative, 2 agent."""

    enterprise: Enterprise
    holder: Person = field(repr=False)
    role: str


def _same(name: str) -> str:
    """Both widths of brackets stay apart: this register compares what it holds."""
    return "".join(unicodedata.normalize("NFC", name).split())


class Enterprises:
    """The register. The same rows in every sandbox."""

    def __init__(self) -> None:
        people = {person.key: person for person in personas()}
        text = (resources.files(__package__) / "personas.json").read_text(encoding="utf-8")
        rows = [
            Enterprise(row["entname"], row["uniscid"], people[row["legal_representative"]], row["regstateCn"])
            for row in json.loads(text)["enterprises"]
        ]
        rows += [
            Enterprise("烟台虚构科技有限公司", "91370600MA0DEMX001", people["legal"]),
            # Held with narrow brackets: who sends wide ones is told that the name differs.
            Enterprise("青岛样例(集团)有限公司", "91370200MA0BRCK00J", people["legal"]),
        ]
        self._rows = rows
        self._agents = [(rows[0], people["li_si"])]

    def by_code(self, credit_code: str) -> Enterprise | None:
        """The row of a credit code."""
        return next((row for row in self._rows if row.credit_code == credit_code), None)

    def by_name(self, name: str) -> Enterprise | None:
        """The row of a name."""
        return next((row for row in self._rows if row.name == _same(name)), None)

    def licences(self) -> list[Licence]:
        """Licences in force: representatives' first, then agents'."""
        active = [row for row in self._rows if row.state == IN_BUSINESS]
        held = [Licence(row, row.representative, "1") for row in active]
        return held + [Licence(row, agent, "2") for row, agent in self._agents if row in active]
