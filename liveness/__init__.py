"""Liveness: is a person before the camera in the flesh, one person throughout, and this person.

Usable alone (``python -m liveness``); knows nothing of OAuth, Flask, accounts or stores. What it owns, by file::

    challenge      what is asked: drawn at random, at least one turn of the head
    track          what was measured of the frames: 68 landmarks a frame and a few numbers, no picture
    signals        openness of eyes and mouth, place of the nose: numbers a frame
    movements      whether a movement was made, and when
    geometry       whether a head turned or a flat thing
    flash          whether the skin answered the colours of the screen
    quality        whether the frames are good enough to tell
    identity       one person throughout, and whose portrait
    pad            a presentation-attack network, by path and sha256: a plug-in, none is shipped
    thresholds     every number that decides, in one table, with its source
    assessment     all of it in one answer, with every score, threshold and reason
    jpeg           what is refused before anything is decoded
    faces          dlib: pictures to measures. Nothing else imports dlib, OpenCV or face_recognition
    session        a capture's state between two calls, as opaque bytes
    prompting      what comes next: calm, a movement, calm, the next, the end
    describing     which faces are described, at moments that nobody can foresee
    stream         a capture while its frames come: state and frames in, state and what to show out
    questions      what may be asked of all this, as JSON and bytes
    worker, pool   that in processes of their own: the encoder holds the interpreter's lock for 150 ms
    clip, bench    recorded clips; the table of attacks and results, with exact ``intervals``

Decisions are pure functions of a track, so they are tested without pictures. Importing this package, :mod:`pool`,
:mod:`jpeg` or :mod:`challenge` imports neither numpy nor dlib: a web worker never has them.

It never keeps a picture, never opens a network connection, and never decides what a person may do: its neighbour
``adapters/face_judge.py`` brings it to the port of the provider.
"""
