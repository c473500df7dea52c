"""The social-security register behind its two doors: the e-card app (电子社保卡) and the record check.

Owns: settings, the sealed and signed entry of the e-card page, the query of what the person did there, the province
gateway's secret and the record service, and how each answer reads. Never: the channel port's steps and outcomes beyond
a :class:`~idp.domain.channel.Reason`.

Neighbours: :mod:`adapters.social_security` is the channel; :mod:`adapters.http` sends.
"""
