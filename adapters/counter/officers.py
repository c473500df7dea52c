"""Officers by their ids at the desk; what needs two of them has two different ones."""

import re
from collections.abc import Mapping
from typing import Any, Final

from adapters.counter.fields import CHANNEL, word_of
from idp.domain.errors import Distrusted

OFFICER: Final = re.compile(r"[A-Z0-9-]{1,32}")


def two_officers(verdict: Mapping[str, Any]) -> tuple[str, str]:
    """Both ids. Raises Distrusted when there is but one officer, or one in two roles."""
    first, second = word_of(verdict, "officer", OFFICER), word_of(verdict, "second_officer", OFFICER)
    if second == first:
        raise Distrusted(CHANNEL, "one officer in two roles")
    return first, second
