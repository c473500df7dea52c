"""The officer's desk behind the counter channel.

Owns: settings, the desk system's two calls, its signed answers, the verdict in them, the signed card reading in that,
and the frames of the ID-card reader. Never: the channel port's outcomes beyond a
:class:`~idp.domain.channel.Reason`; a photo (its digest is all that reaches us).

Neighbours: :mod:`adapters.counter_verify` is the channel; :mod:`adapters.http` sends.
"""
