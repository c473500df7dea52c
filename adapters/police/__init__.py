"""The police population register, asked in its own forms (channels.md 3.3, 3.4).

Owns: settings, the questions 2108 and 2109 in SOAP, the basic check in JSON, the NCIIC query, and how each answer
reads. Never: the right to call a platform (:mod:`adapters.exchange`), the channel port's outcomes beyond a
:class:`~idp.domain.channel.Reason`.

Neighbours: :mod:`adapters.police_population` is the channel; :mod:`adapters.http` sends.
"""
