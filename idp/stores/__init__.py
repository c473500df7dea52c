"""The store ports of :mod:`idp.domain.ports`, implemented.

Owns: everything that Redis and SQL are told. ``redis`` holds what expires (journeys, attempts, codes, limits, sessions,
grants, breakers, the outbox), ``sql`` what lasts (citizens, credentials, evidence and what weighs against it, claims,
merges, guardians, links, consents, events for relying parties, the audit log, wrapped keys).

Never: decides who may do what, imports Flask or Authlib, lets a driver's exception out
(:class:`~idp.domain.errors.StoreUnavailable` instead), or keeps personal data or a token in the clear: personal values
are sealed and found by fingerprint through a :class:`~idp.domain.ports.FieldCipher`, tokens are kept as digests.

Neighbours: the composition root builds the classes of both; other rooms see the ports. Every implementation inherits
the suites of ``tests/contract``.
"""
