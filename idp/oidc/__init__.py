"""The protocol: OAuth 2.0 and OpenID Connect, decided by Authlib's framework-free server and grants.

Spoken here: RFC 6749 (code and refresh grants), RFC 7636 (S256 only, every client), RFC 7009, 8414, 8417, 9207,
RFC 9470, OpenID Connect Core 1.0 with the claims parameter, Identity Assurance 1.0, Discovery 1.0, RP-Initiated Logout
1.0, Back-Channel Logout 1.0; RFC 9700 throughout. Refused: implicit, hybrid and password grants, ``plain`` challenges,
``none`` signatures, request objects, repeated parameters.

Owns: parameters, client authentication, grants, tokens, discovery, logout tokens, security event tokens.
The only room that imports Authlib.
Never: Flask's request, pages, the next step of a journey, Redis, SQL.

Neighbours: ``web`` hands in a :class:`~idp.oidc.messages.ProtocolRequest` and sends the answer; stores and keys are
handed in as ports.
"""
