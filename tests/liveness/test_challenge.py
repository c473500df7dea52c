"""What is drawn: turns always, nothing twice in a row, nothing that somebody cannot do, and every order with some luck."""

import random
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness import challenge
from liveness.challenge import (
    COLOURS,
    TURNS,
    Flash,
    Movement,
    NoChallenge,
    Prompt,
    draw,
    draw_colours,
    pause,
    prompts_of,
)

chances = st.integers(0, 2**32).map(lambda seed: random.Random(seed).random)
withouts = st.frozensets(st.sampled_from(Movement))


def possible(without: frozenset[Movement]) -> bool:
    left = set(Movement) - without
    return len(left) >= 2 and bool(left & TURNS)


@given(chances, withouts.filter(possible))
def test_a_challenge_has_a_turn_and_nothing_that_was_excluded(chance, without):
    drawn = draw(chance, without)

    assert len(drawn) == challenge.LENGTH
    assert TURNS & set(drawn)
    if len(without) < 2:
        assert all(first is not second for first, second in pairwise(drawn))
    assert not without & set(drawn)


@given(chances, withouts.filter(lambda without: not possible(without)))
def test_without_a_turn_or_with_one_movement_alone_there_is_no_challenge(chance, without):
    with pytest.raises(NoChallenge):
        draw(chance, without)


def test_every_order_can_be_drawn():
    orders = {
        order
        for order in product(Movement, repeat=challenge.LENGTH)
        if TURNS & set(order) and all(first is not second for first, second in pairwise(order))
    }

    def drawn(order: tuple[Movement, ...]) -> tuple[Movement, ...]:
        """Draw with the very luck that leads to this order."""
        luck = []
        for index, movement in enumerate(order):
            left = [each for each in Movement if not index or each is not order[index - 1]]
            luck.append((left.index(movement) + 0.5) / len(left))
        return draw(iter(luck).__next__)

    assert len(orders) == 4 * 27 - 2  # all but blink, mouth, blink, mouth and its twin
    assert {drawn(order) for order in orders} == orders


@pytest.mark.parametrize("left", [{Movement.TURN_LEFT, Movement.TURN_RIGHT}, {Movement.TURN_LEFT, Movement.BLINK}])
def test_of_two_movements_every_order_with_a_turn_can_be_drawn(left):
    chance = random.Random(4).random
    orders = {order for order in product(left, repeat=challenge.LENGTH) if TURNS & set(order)}
    assert {draw(chance, set(Movement) - left) for _ in range(2000)} == orders


def test_orders_without_a_turn_are_drawn_again():
    mouth_and_blink = [0.6, 0.7, 0.99, 0.7]  # blink, open_mouth, blink, open_mouth
    luck = iter([*mouth_and_blink, 0.0, 0.0, 0.0, 0.0])

    assert draw(luck.__next__)[0] is Movement.TURN_LEFT
    assert next(luck, None) is None


def test_movements_are_drawn_evenly():
    chance = random.Random(4).random
    first = [draw(chance)[0] for _ in range(4000)]

    assert all(850 < first.count(movement) < 1150 for movement in Movement)


@given(chances)
def test_colours_hold_each_colour_at_least_once(chance):
    drawn = draw_colours(chance)

    assert len(drawn) == challenge.COLOURS_ASKED
    assert set(drawn) == set(COLOURS)


def test_colours_are_not_always_the_same():
    chance = random.Random(4).random
    assert len({draw_colours(chance) for _ in range(100)}) > 80


@given(st.floats(0, 1, exclude_max=True))
def test_a_pause_lies_between_its_bounds_and_follows_chance(luck):
    assert pause(lambda: luck) == pytest.approx(0.4 + 0.8 * luck)


def test_only_turns_turn():
    assert {movement for movement in Movement if movement.turns} == {Movement.TURN_LEFT, Movement.TURN_RIGHT}


def test_windows_without_a_movement_were_not_asked():
    assert prompts_of((Movement.BLINK,), [(1.0, 2.0), (2.0, 3.0)]) == (Prompt(Movement.BLINK, 1.0, 2.0),)


def test_a_flash_ends_with_its_last_colour():
    assert Flash(("red", "green", "blue"), 1.0, 0.5).end == 2.5
