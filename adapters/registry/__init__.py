"""The market regulator's register of enterprises, and what proves that a citizen stands for one.

Owns: settings, the right to call the exchange platforms, the record check, the four-element check, the e-licence scan
with its SM2 certificates, and how each answer reads. Never: the channel port's outcomes beyond a
:class:`~idp.domain.channel.Reason`.

Neighbours: :mod:`adapters.business_registry` is the channel; :mod:`adapters.http` sends.
"""
