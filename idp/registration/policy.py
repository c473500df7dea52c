"""What whoever holds an initial access token may register (RFC 7591 section 3): bounds no metadata can widen."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Self

from idp.domain.claims import Scope
from idp.domain.client import AuthMethod, GrantType

# Never to be had by registering oneself: the number itself, and the powers of organisations, need an approval.
APPROVED_SCOPES: Final = frozenset({Scope.ID_NUMBER, Scope.LEGAL_PERSON})
SCOPES: Final = frozenset(Scope) - APPROVED_SCOPES
GRANTS: Final = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.DEVICE_CODE})
# Whom an operator may allow besides: it acts for itself, or rings a citizen's telephone.
MORE_GRANTS: Final = frozenset({GrantType.CLIENT_CREDENTIALS, GrantType.CIBA})
METHODS: Final = frozenset(AuthMethod)


@dataclass(frozen=True, slots=True)
class Policy:
    """The bounds of one initial access token. ``redirect_hosts``: the only hosts its addresses may have; () any.

    Never widened by it: consent is explicit, ``verified_claims`` and scopes that need approval are out of reach, no
    client is a protected resource, takes part in token exchange or asks for less than the provider's own level.
    """

    scopes: frozenset[str] = SCOPES
    grants: frozenset[str] = GRANTS
    methods: frozenset[str] = METHODS
    redirect_hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = (
            (self.scopes - SCOPES, "scopes"),
            (self.grants - GRANTS - MORE_GRANTS, "grants"),
            (self.methods - METHODS, "methods"),
        )
        for found, name in unknown:
            if found:
                raise ValueError(f"{name}: not allowed by registration: {' '.join(sorted(found))}")

    def document(self) -> dict[str, Any]:
        """As it is kept."""
        return {name: sorted(map(str, value)) for name, value in asdict(self).items()}

    @classmethod
    def of(cls, document: Any) -> Self:
        """From what was kept; a bound of an older version that is no more allowed is dropped, never widened."""
        allowed = {"scopes": SCOPES, "grants": GRANTS | MORE_GRANTS, "methods": METHODS}
        kept = {each.name: frozenset(document.get(each.name, ())) for each in fields(cls)}
        return cls(**{name: value & allowed.get(name, value) for name, value in kept.items()})
