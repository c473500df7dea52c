"""What a citizen's account can do: enrol, sign in, prove who one is, see and disconnect what is connected.

Owns: the rules of sign-in names, of passwords and codes in use, budgets of tries, attempts at channels and what their
results change. Never: pages, HTTP, OAuth, the next step of a journey, Redis, SQL, ciphers and hashes
(:mod:`idp.people.ports` says what it wants of the vault).

Neighbours: ``web`` shows the forms and calls these services; ``journey`` decides what comes next; channels are handed
in.
"""
