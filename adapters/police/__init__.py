"""The police population register behind its five carriers.

Owns: settings, secrets of the exchange platforms, the 2109 package in SOAP, the JSON form, the NCIIC query, and how
each answer reads. Never: the channel port's outcomes beyond a :class:`~idp.domain.channel.Reason`.

Neighbours: :mod:`adapters.police_population` is the channel; :mod:`adapters.http` sends.
"""
