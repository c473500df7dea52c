"""What the camera page says: one sentence per closed word, which its script finds by the word (``data-word``).

An instruction is spoken as well as written, so it is one short sentence that says what to do and nothing else.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from idp.domain.capturing import Hint, Movement
from idp.web.pages.told import Told

STRAIGHT: Final = _l("Look straight into the camera and hold still")

MOVEMENTS: Final[Mapping[Movement, Any]] = {
    Movement.TURN_LEFT: _l("Turn your head slowly to your left"),
    Movement.TURN_RIGHT: _l("Turn your head slowly to your right"),
    Movement.BLINK: _l("Close your eyes and open them again"),
    Movement.OPEN_MOUTH: _l("Open your mouth wide, then close it"),
}

# While the camera runs.
HINTS: Final[Mapping[Hint, Any]] = {
    Hint.NO_FACE: _l("Bring your whole face into the oval."),
    Hint.ONE_PERSON: _l("Only one person may be in the picture."),
    Hint.CLOSER: _l("Come a little closer."),
    Hint.FARTHER: _l("Move back a little."),
    Hint.MORE_LIGHT: _l("It is too dark. Turn to a lamp or a window."),
    Hint.LESS_LIGHT: _l("It is too bright. Turn away from the lamp or the sun."),
    Hint.HOLD_STILL: _l("Hold the device still."),
    Hint.STAY_IN_PLACE: _l("Keep your face in the oval."),
    Hint.LOOK_STRAIGHT: _l("Look straight into the camera again."),
    Hint.UNCOVER: _l("Take off mask, sunglasses or hat; hair must not cover the eyes."),
    Hint.NOT_SEEN: _l("The movement was not seen yet. Make it a little larger."),
    Hint.TOO_EARLY: _l("Wait until you are asked to move."),
    Hint.TOO_SLOW: _l("The connection is slow. Please stay as you are."),
}

# After a capture that came to nothing: what was wrong, and how to do better.
BETTER: Final[Mapping[Hint, Any]] = {
    Hint.NO_FACE: _l("Your face was not in the picture all the time. Keep it in the oval until the end."),
    Hint.ONE_PERSON: _l("More than one person was in the picture. Go where nobody stands behind you."),
    Hint.CLOSER: _l("Your face was too small. Hold the device at arm's length or nearer."),
    Hint.FARTHER: _l("Your face was too large. Hold the device a little farther away."),
    Hint.MORE_LIGHT: _l("It was too dark. Face a lamp or a window."),
    Hint.LESS_LIGHT: _l("It was too bright. Avoid a lamp or the sun on your face or behind you."),
    Hint.HOLD_STILL: _l("The picture was blurred. Wipe the lens, and rest your elbows on a table."),
    Hint.STAY_IN_PLACE: _l("Your face left its place. Hold the device still and move only your head."),
    Hint.LOOK_STRAIGHT: _l("Your face was turned away. Look into the camera between the movements."),
    Hint.UNCOVER: _l("Eyes or mouth were covered. Take off mask, sunglasses or hat, and brush hair aside."),
    Hint.NOT_SEEN: _l("A movement was not seen. Make it slowly and larger, as soon as you are asked."),
    Hint.TOO_EARLY: _l("You moved before you were asked. Wait for each instruction."),
    Hint.TOO_SLOW: _l("Too few pictures arrived. Go where the connection is better, or close other programs."),
}

# What else can go wrong at the camera, by the word its script uses: what happened and what to do.
TROUBLES: Final[Mapping[str, Told]] = {
    "denied": Told(
        _l("The camera is not allowed"),
        _l("Your browser does not let this page use the camera."),
        _l(
            "Press the sign beside the address (a lock or a camera), allow the camera for this site, and try again. "
            "On a phone the camera must also be allowed for the browser, in the settings of the phone."
        ),
    ),
    "no_camera": Told(
        _l("No camera was found"),
        _l("This device has no camera, or it is not connected."),
        _l("Connect a camera and try again, or go on with a phone."),
    ),
    "in_use": Told(
        _l("The camera is in use"),
        _l("Another program uses the camera, for example a video call."),
        _l("Close that program, then try again."),
    ),
    "unsupported": Told(
        _l("This browser cannot use the camera here"),
        _l("It is too old, or a page inside another app."),
        _l("Open the page in the browser of your phone or computer, or use another way."),
    ),
    "lost": Told(
        _l("The connection was lost"),
        _l("The pictures could not be sent. Nothing was used up."),
        _l("Go where the connection is better, then try again."),
    ),
    "busy": Told(
        _l("Too many people are checking just now"),
        _l("Your check was not begun, and nothing was used up."),
        _l("Please wait a minute, then try again, or use another way."),
    ),
    "slow": Told(
        _l("It took too long"),
        _l("The check was not finished in time. Nothing was used up."),
        _l("Close other programs or go where the connection is better, then try again."),
    ),
    "left": Told(
        _l("The camera is off"),
        _l("You left this page, so the camera was switched off at once."),
        _l("Try again when you can stay on the page for a minute."),
    ),
    "stopped": Told(
        _l("You stopped the check"),
        _l("The camera is off. Nothing was used up."),
        _l("Try again whenever you like, or use another way."),
    ),
    "over": Told(
        _l("The check was interrupted"),
        _l("It took too long, or was begun once more somewhere else. Nothing was used up."),
        _l("Please try again."),
    ),
    "cannot": Told(
        _l("Without some movements this check is not possible"),
        _l("Above all the head must turn: only that tells it from a picture."),
        _l("Please use one of the other ways. At a service counter an officer helps you."),
    ),
    "failed": Told(
        _l("Something went wrong here"),
        _l("The fault is ours. Nothing was used up."),
        _l("Please try again, or use another way."),
    ),
}

# What the script says besides, by its word.
SAID: Final[Mapping[str, Any]] = {
    "straight": STRAIGHT,
    "opening": _l("The camera is being opened. Please allow it if your browser asks."),
    "checking": _l("Thank you. Your pictures are being checked …"),
    "still_busy": _l("Many people are checking just now. Please stay, it goes on by itself."),
    "still_lost": _l("No connection. Please stay, we keep trying."),
    "well_done": _l("Good."),
}
