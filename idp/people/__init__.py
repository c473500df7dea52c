"""What a citizen's account can do: enrol, sign in, prove who one is, see and disconnect what is connected.

Owns: the rules of sign-in names, passwords and codes in use, budgets of tries, attempts at channels and what their results
change. Never: pages, HTTP, OAuth, the next step of a journey, Redis, SQL.

Neighbours: ``web`` shows the forms and calls these services; ``journey`` decides what comes next; channels are handed in.
"""
