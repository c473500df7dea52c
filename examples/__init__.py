"""The demonstration: one provider, the sandbox upstreams and two portals, all on this machine (``make run``).

Owns: two relying parties written as any team would write theirs, with an ordinary strict client library
(:mod:`examples.portal`), the sandbox citizens that already have accounts (``citizens.yaml``), and the command that
starts everything (``python -m examples``, :mod:`examples.demo`).

Never: imports ``idp``, except the embedded Valkey that the demonstration starts. The portals speak to the provider as
strangers do, by HTTP; they are the first proof that an ordinary library is enough.
"""
