"""The protocol: OAuth 2.0 and OpenID Connect, decided by Authlib's framework-free server and grants.

Which file? One for each grant, endpoint or extension::

    messages, parameters, errors   a request and an answer as plain values; what is refused before anybody looks
    server                         Authlib's server, assembled: grants and client authentication
    authorize, authorization_checks, claims_parameter, matters (RFC 9396), resources (8707)   the authorization request
    pushed_requests (RFC 9126), request_objects (9101)                                       its two other ways in
    client_auth, client_assertion (RFC 7523), certificates (8705), client_jwks, client_jws,
    client_encryption, relying_party                                                          who calls, and their keys
    code_grant (RFC 7636), refresh_grant, client_credentials_grant, exchange_grant (8693), decoupled_grants   grants
    credentials                                          what a grant has redeemed, in Authlib's words
    tokens, access_tokens (RFC 9068), id_token, jws, keys                                     what is minted
    dpop, dpop_checks, dpop_nonces (RFC 9449), sender_constraint                              to whose key it is bound
    resource_access, resource_servers, userinfo, userinfo_answer, sealed_claims               what a token opens
    still_registered, introspection (RFC 7662, 9701), revocation (7009)                       what becomes of it
    device_authorization (RFC 8628), backchannel, backchannel_object (CIBA), person_hints,
    decoupled_request, decoupled_errors                                                       asked elsewhere
    end_session, logout_tokens, security_events (RFC 8417), shared_signals (SSF)              ends, and who is told
    discovery, assurance_metadata (RFC 8414), registration (7591, 7592)                       announced, and kept

RFC 9700 and 9207 throughout. Refused: implicit, hybrid and password grants, ``plain`` challenges, ``none`` signatures,
unsigned or fetched request objects, repeated parameters.

Owns: everything above. The only room that imports Authlib.
Never: Flask's request, pages, the next step of a journey, Redis, SQL.

Neighbours: ``web`` hands in a :class:`~idp.oidc.messages.ProtocolRequest` and sends the answer; stores and keys are
handed in as ports.
"""
