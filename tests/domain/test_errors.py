import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import errors
from idp.domain.errors import DomainError, InvalidInput, LimitReached, Rule


def subclasses(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(subclasses(each) for each in kind.__subclasses__() if each.__module__ == errors.__name__))


def test_the_tree_in_the_docstring_names_every_error():
    assert errors.__doc__ is not None
    missing = {kind.__name__ for kind in subclasses(DomainError)} - set(errors.__doc__.replace("──", " ").split())
    assert missing == set()


@given(st.floats(0, 1e7, allow_nan=False))
def test_a_wait_is_told_in_whole_seconds_and_never_too_short(seconds):
    wait = LimitReached("any", seconds).retry_after
    assert isinstance(wait, int)
    assert wait == max(1, math.ceil(seconds))


@pytest.mark.parametrize("rule", list(Rule))
def test_an_invalid_input_names_field_and_rule_and_nothing_typed(rule):
    error = InvalidInput("id_number", rule)
    assert (error.field, error.rule, str(error)) == ("id_number", rule, f"id_number: {rule.value}")
