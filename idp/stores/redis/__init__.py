"""What expires, on the Redis protocol: sessions, grants, journeys, codes sent, limits, breakers, and the audit outbox.

Owns: key names and shards, the Lua scripts (one per operation: atomic and one round trip, in a cluster too), the
wires to a server, and the embedded Valkey. Implements ``Records``, ``OneTimeCodes``, ``Limits``, ``Sessions``,
``Grants``, ``WaitingRequests``, ``Outbox``, ``Breakers`` and ``ChannelStates`` of :mod:`idp.domain.ports`; their suites
are in ``tests/contract``.

Never: personal data in the clear (values are sealed, names are fingerprints, tokens are digests); a retry of an
operation whose answer was lost; a connection that failed once; a key without an expiry, the outbox excepted; an answer
when the server gave none (:class:`~idp.domain.errors.StoreUnavailable`).

The map::

    connect    a URL -> a wire          wire          the port: one script, one round trip
    embedded   a private Valkey         socket_wire   plain sockets and hiredis: the hot path
    keyspace   shards, keys, tokens     client_wire   redis-py: TLS, Sentinel, Cluster
    records  waiting  one_time_codes  limits  sessions  grants  outbox  events  breakers   the ports implemented
    memory     what servers do when theirs is full
    scripts/   the Lua, one file per operation, preludes shared

Neighbours: :mod:`idp.stores` opens it beside what lasts; nobody else imports it. Emptying the server loses sign-ins in
progress and events not yet drained, nothing else.
"""
