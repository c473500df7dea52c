"""The market regulator's register of enterprises, and what proves that a citizen stands for one.

Owns: settings, the record check, the four-element check, the e-licence scan with its SM2 certificates, and how each
answer reads. Never: the right to call a platform, the channel port's outcomes beyond a
:class:`~idp.domain.channel.Reason`.

Neighbours: :mod:`adapters.business_registry` is the channel; :mod:`adapters.exchange` carries the record check;
:mod:`adapters.http` sends.
"""
