"""Security profiles: one row of demands each. A client names its profile; the checks read the row.

``government`` is what every client is held to (RFC 9700: code with PKCE S256, exact redirect URIs, ``iss`` in answers).
``fapi2`` is the FAPI 2.0 Security Profile, final: section numbers below are its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from idp.domain.client_options import AuthMethod


class Profile(StrEnum):
    """The profiles there are."""

    GOVERNMENT = "government"
    FAPI2 = "fapi2"


ANY_METHOD: Final = frozenset(AuthMethod)
# PS256 and ES256 by FAPI 2.0 5.4.1; EdDSA with Ed25519 there too. RS256 elsewhere, as OpenID Connect Core 15.1 demands.
STRICT_ALGS: Final = frozenset({"PS256", "ES256", "EdDSA"})
ALGS: Final = STRICT_ALGS | {"RS256"}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a profile demands. ``code_seconds``: the longest life of a code.

    ``auth_methods``: client authentication allowed. ``algs``: signature algorithms allowed, theirs and ours.
    ``require_par``: authorization requests only by PAR. ``require_binding``: tokens only bound to a key.
    ``audience_is_issuer``: the audience of a client assertion is our issuer alone, as a string.
    ``request_object_seconds``: a request object names its beginning and its end (nbf, exp), the one at most so long
    ago, the other at most so much later; None: it need not.
    """

    auth_methods: frozenset[AuthMethod]
    algs: frozenset[str]
    require_par: bool
    require_binding: bool
    audience_is_issuer: bool
    code_seconds: float
    request_object_seconds: float | None


PROFILES: Final[Mapping[Profile, Rules]] = {
    Profile.GOVERNMENT: Rules(
        auth_methods=ANY_METHOD,
        algs=ALGS,
        require_par=False,
        require_binding=False,
        audience_is_issuer=False,
        code_seconds=600.0,
        request_object_seconds=None,
    ),
    Profile.FAPI2: Rules(
        auth_methods=frozenset({AuthMethod.PRIVATE_KEY_JWT, AuthMethod.TLS, AuthMethod.SELF_SIGNED_TLS}),  # 5.3.2.1
        algs=STRICT_ALGS,  # 5.4.1
        require_par=True,  # 5.3.2.2
        require_binding=True,  # 5.3.2.1
        audience_is_issuer=True,  # 5.3.2.1
        code_seconds=60.0,  # 5.3.2.1
        request_object_seconds=3600.0,  # FAPI 2.0 Message Signing 5.3.1
    ),
}
