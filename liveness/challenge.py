"""What a person is asked to do: movements in random order, each told only when it is due, at an unpredictable time."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Movement(StrEnum):
    """One movement. Left and right are the person's own: turning left moves the nose right in an unmirrored picture."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"

    @property
    def turns(self) -> bool:
        """Whether it shows the head from the side."""
        return self in TURNS


TURNS: Final = frozenset({Movement.TURN_LEFT, Movement.TURN_RIGHT})
LENGTH: Final = 4
# Seconds between the moment a movement was seen and the next prompt; before the first there is a calm second.
PAUSE_FROM, PAUSE_SPAN = 0.4, 0.8
COLOURS: Final = ("red", "green", "blue")
COLOURS_ASKED: Final = 6

Chance = Callable[[], float]  # uniform in [0, 1)


class NoChallenge(ValueError):
    """What is left of the movements cannot tell a head from a picture: another channel has to do it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A movement that was asked for. ``shown`` and ``until``: seconds of the track's clock."""

    movement: Movement
    shown: float
    until: float


@dataclass(frozen=True, slots=True)
class Flash:
    """Colours the screen shone: ``colours[i]`` from ``start + i * step`` on, in seconds of the track's clock."""

    colours: tuple[str, ...]
    start: float
    step: float

    @property
    def end(self) -> float:
        """When the last colour ended."""
        return self.start + len(self.colours) * self.step


def draw(chance: Chance, without: Collection[Movement] = (), length: int = LENGTH) -> tuple[Movement, ...]:
    """A random order of ``length`` movements outside ``without``: at least one turn.

    None comes twice in a row, unless only two are left: alternating would leave two orders to guess from, not sixteen.

    Only a turn shows that a head is no picture, so a challenge without turns is none. Raises NoChallenge.
    """
    left = [each for each in Movement if each not in without]
    if not TURNS & set(left) or len(left) < 2:
        raise NoChallenge("no turn left to ask for")
    while True:
        drawn: list[Movement] = []
        while len(drawn) < length:
            then = [each for each in left if len(left) == 2 or not drawn or each is not drawn[-1]]
            drawn.append(then[int(chance() * len(then))])
        if TURNS & set(drawn):
            return tuple(drawn)


def draw_colours(chance: Chance, length: int = COLOURS_ASKED) -> tuple[str, ...]:
    """A random order of colours in which each stands at least once, so that each can be compared with the others."""
    while True:
        drawn = tuple(COLOURS[int(chance() * len(COLOURS))] for _ in range(length))
        if set(drawn) == set(COLOURS):
            return drawn


def pause(chance: Chance) -> float:
    """Seconds to wait before the next prompt."""
    return PAUSE_FROM + PAUSE_SPAN * chance()


def prompts_of(movements: Sequence[Movement], times: Sequence[tuple[float, float]]) -> tuple[Prompt, ...]:
    """The ``i``-th movement in the ``i``-th window of time; windows without a movement were not asked."""
    return tuple(Prompt(each, start, end) for each, (start, end) in zip(movements, times, strict=False))
