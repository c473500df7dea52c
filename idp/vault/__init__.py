"""Secrets at rest and in use.

Owns: envelope encryption (a master key wraps data keys, data keys seal fields), keyed fingerprints, password hashes and
the rules for new passwords, one-time codes of authenticator apps, and the keys that sign tokens.

Never: decides who may do what, knows a table or a Redis key, reads the environment, or lets key material into a
``repr``, a log or an exception.

Neighbours: implements :class:`idp.domain.ports.FieldCipher`; keeps its wrapped keys in a
:class:`idp.domain.ports.KeyStore` (``idp.stores.sql``); ``idp.stores`` seals with it, ``idp.people`` checks passwords
and codes with it, ``idp.oidc`` signs with it.

::

    suites         AES-256-GCM + HMAC-SHA256, or SM4-GCM + HMAC-SM3: the only module that names a cipher
    master_key     the one secret outside the database; a port, so that a KMS can stand in
    keyring        master key -> data keys, by purpose; created on first use, rotated without downtime
    field_cipher   the FieldCipher port: a sealed value names its key and belongs to one place
    sealer         JSON records, sealed
    passwords      argon2id, at most so many at once
    weak_passwords which new passwords are refused: common, made by rule, or the person's own data
    one_time_codes RFC 6238
    signing_schemes  RS256, PS256, ES256, EdDSA: the JWS algorithms, each over a key of its own kind
    signing_keys   which key signs and which are published: announced, signing, retained, retired
"""
