"""人像比对: the police compare a picture with the portrait they hold (channels.md 3.3.3, 10.3).

Owns: the request with the picture, its limits, how the answer reads, the threshold. A score comes back, never a
portrait. Never: whether the person before the camera is alive (:mod:`idp.domain.capturing`), a picture in a log, a
file or an exception.

Neighbours: :mod:`adapters.local_face` is the channel; :mod:`adapters.exchange` carries the call and reads the row.
``nciicCompare`` would hand the portrait out, and its request is not published (channels.md 3.4): it is not spoken here.
"""
