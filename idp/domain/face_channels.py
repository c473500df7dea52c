"""Channels whose page is a camera of ours: which of them may be offered, by who judges what it sees.

The highest level must not rest on a judge that a photograph deceives. So outside development such a channel needs one
whose model for presentation attacks is installed; in development it may do without, and its page says so.
"""

from collections.abc import Mapping

from idp.domain.capturing import CaptureJudge
from idp.domain.channel import Channel


def offered(channels: Mapping[str, Channel], judge: CaptureJudge | None) -> dict[str, Channel]:
    """``channels`` without those that nobody could judge for, in the same order."""
    return {name: each for name, each in channels.items() if judge is not None or not each.facts.own_camera}


def faults(channels: Mapping[str, Channel], judge: CaptureJudge | None) -> tuple[str, ...]:
    """Why nobody outside development may be checked by these channels; empty when they may."""
    if judge is not None and judge.certified:
        return ()
    missing = "no liveness judge is installed" if judge is None else "its judge has no model for presentation attacks"
    return tuple(f"IDP_CHANNELS__{name.upper()}: {missing}" for name, each in channels.items() if each.facts.own_camera)
