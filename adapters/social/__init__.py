"""The social-security register behind its two doors: the e-card app (电子社保卡) and the record check.

Owns: settings, the sealed and signed entry of the e-card page, the query of what the person did there, the record
service, and how each answer reads. Never: the right to call a platform, the channel port's steps and outcomes beyond a
:class:`~idp.domain.channel.Reason`.

Neighbours: :mod:`adapters.social_security` is the channel; :mod:`adapters.exchange` carries the record check;
:mod:`adapters.http` sends.
"""
