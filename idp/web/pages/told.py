"""How one kind of trouble is told on a page of its own."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """How one kind of trouble is told."""

    title: Any
    happened: Any
    to_do: Any
