"""Yihaotong 一号通: a unified real-name identity provider, OAuth 2.0 / OpenID Connect keyed on the citizen ID number.

A citizen registers and proves who they are once, signs in once, and every portal of the province knows them.

The rooms, and the law (kept by import-linter)::

    wsgi ──▶ composition ──▶ idp.app ──▶ idp.web ──▶ idp.journey | people | oidc ──▶ idp.domain ◀── idp.stores, vault
                  └────────▶ adapters ──▶ idp.domain (the ports and their words), liveness

    app        create_app: every object is built here, from what it is given; nothing else builds objects
    assembly   create_app's hands: what builds each room's objects
    given      what it is given: stores, secrets in use, the world outside
    settings   the one reader of the environment (IDP_*)
    clients    clients.yaml -> Client; every fault reported at once
    client_directory  every relying party in memory: those of clients.yaml, then those registered here
    client_office  what operators do to the registered ones
    registration  what a client declares (RFC 7591 metadata), checked whole, for the file and for dynamic registration
    yaml_places  where something stands in a YAML file, for faults that a person can find
    domain     words and rules: numbers, names, claims, evidence, levels, attempts, ports, errors, audit vocabulary
    vault      secrets at rest and in use: envelope encryption, fingerprints, passwords, one-time codes, signing keys
    stores     the ports implemented: redis (what expires) and sql (what lasts)
    oidc       the protocol; the only room that imports Authlib
    journey    from /authorize to the answer: one dispatcher decides the next step
    people     what a citizen's account can do: enrol, sign in, prove, link, join, dispute, guard, disconnect
    web        HTTP: pages and endpoints, what relying parties are told, one module for every way out
    cli        `flask idp …`: doctor, channels, settings, citizens, clients, keys, events, audit, database
    system     the machine's clock and randomness, handed in as arguments
    logs       one JSON event a line
    outbound   the one way to call an address that a client registered (logout, events, its keys, its sector)
    connection  what outbound calls through: one connection and one deadline for each call
    housekeeping  beside answering: drains the audit outbox, rereads clients.yaml, does the duties it is given

Which room? A status code: ``web``. An OAuth word: ``oidc``. "What happens next": ``journey``. Redis or SQL:
``stores``. A cipher: ``vault``. An upstream's field name: its adapter. A rule about people or assurance: ``domain``.
"""
