"""The demonstration: one provider, the sandbox upstreams and two portals, all on this machine (``make run``).

Owns: two relying parties written as any team would write theirs, with an ordinary strict client library
(:mod:`examples.portal`), the sandbox citizens that already have accounts (``citizens.yaml``), and the command that
starts everything (``python -m examples``, :mod:`examples.demo`).

Never: imports ``idp`` or ``adapters`` in a portal; only the starting command takes the embedded Valkey from the one and
the sandbox customer's credentials from the other. The portals speak to the provider as
strangers do, by HTTP; they are the first proof that an ordinary library is enough.
"""
