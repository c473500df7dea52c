"""The data-exchange platforms that carry police, company and social-security records (channels.md 3.1, 3.2, 3.6).

Owns: the right to call a platform (four profiles: province gateway, national platform, MD5, CSB), the short-lived
secrets behind it, the ``PACKAGE`` in SOAP, and how the population services write what they found. A shared room like
:mod:`adapters.http`: whoever asks over a platform uses it, and it knows none of them.

Never: what is asked, an outcome of the channel port, settings of a channel; a :class:`~.customer.Customer` says on
whose behalf it speaks.

Neighbours: :mod:`adapters.signatures` computes, :mod:`adapters.http` sends; ``adapters.police``, ``adapters.portrait``,
``adapters.registry`` and ``adapters.social`` ask.
"""
