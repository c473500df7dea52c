"""The words and the rules of real-name identity.

Owns: ID numbers, names, claims, evidence, assurance levels, attempts, the channel port, the store ports, the
errors and the audit vocabulary. Everything here is a value or a pure function.

Never: I/O, a clock, randomness, a framework. Time and random values are arguments. Imports the standard library and
python-stdnum, nothing else (kept by an import contract).

Neighbours: every other room of ``idp`` imports this one; ``adapters`` imports the port (:mod:`idp.domain.channel`).
"""
