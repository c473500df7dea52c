"""The words and the rules of real-name identity.

Owns: ID numbers, names, claims, evidence, assurance levels, attempts, the channel port, the store ports, the
errors and the audit vocabulary. Everything here is a value or a pure function.

Never: I/O, a clock, randomness, a framework. Time and random values are arguments. Imports the standard library and
python-stdnum, nothing else (kept by an import contract).

The map::

    id_numbers  persons  subjects           a number, a name, a pairwise ``sub``
    channel  account_channel  attempt       the port of the channels, and of signing in at an upstream
    evidence  assurance  contra  holding    what was shown, what it comes to, what weighs against it, whose it is
    claims  claims_request  verified_claims what is released, what is asked for, what is told of evidence
    client  authorization  security_event   relying parties, their requests, what they are told
    circuits                                breakers and quotas
    errors  audit  audit_words              every fact that can go wrong, every event that is kept
    ports/                                  what the rooms need from the world

Neighbours: every other room of ``idp`` imports this one; ``adapters`` imports the port (:mod:`idp.domain.channel`).
"""
