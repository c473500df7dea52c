"""From an authorization request to its answer: what the browser does next.

::

    /authorize ──▶ begin ──▶ ┌──────────────────── dispatch ◀───────────────────┐
                             │  SIGN_IN ─▶ SECOND_FACTOR   (register, too)       │
                             │  CHOOSE_ACCOUNT                                    │ every step returns here;
                             │  JOIN    (two accounts of one person)              │ steps never call one another
                             │  LINK    (an account at an upstream)               │
                             │  AUTHENTICATOR, FACE  (set up, where chosen)      │
                             │  PROVE   (a channel's attempt)                     │
                             │  CONSENT ──────────────────────────────────────────┘
                             └▶ ANSWER ──▶ code at the client | account page

Owns: the journey record, the one dispatcher (:mod:`idp.journey.dispatch`) that decides the next step, and what a client
receives at the end (:mod:`idp.journey.releases`). Never: HTTP, pages, OAuth errors, Redis, SQL.

Neighbours: ``web`` shows the steps; ``people`` does what a step asks for; ``oidc`` made the request.
"""
