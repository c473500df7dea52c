"""What a client declares about itself: models of RFC 7591 metadata, each checked whole, made into a domain client.

One set of models serves clients.yaml (:mod:`idp.clients`) and dynamic registration: a union discriminated by
``token_endpoint_auth_method``. A public client *cannot* have a secret, one with ``private_key_jwt`` must have keys.

Owns: the members and the rules between them. Never: a request, a store, an address that is called.
Neighbours: ``domain.client`` is what comes out; ``idp.clients`` and the protocol room put text in.
"""
