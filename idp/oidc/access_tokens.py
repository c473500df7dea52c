"""Access tokens as they are handed out: opaque, or JWT (RFC 9068) where the resource server looks into them itself.

A JWT stands in the place of an opaque token that nobody ever sees. Its ``jti`` names the grant and that token's digest:
one look finds it alive or dead, as with an opaque one, and the ``jti`` in somebody's log opens nothing, for whoever
presents it must show our signature over it (docs/adr/0017-two-forms-of-access-token.md).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.domain.assurance import Level
from idp.domain.client import Client, TokenFormat
from idp.domain.ports import Access, BindingKind, Grant, Handle, Issued
from idp.oidc.jws import Minter, NotOurs, OwnTokens
from idp.oidc.resource_servers import ResourceServers

TYP: Final = "at+jwt"


class AccessTokens:
    """Words access tokens, and reads them back."""

    def __init__(self, issuer: str, minter: Minter, own: OwnTokens, servers: ResourceServers) -> None:
        self.issuer = issuer
        self._minter = minter
        self._own = own
        self._servers = servers

    def worded(self, issued: Issued, client: Client) -> str:
        """The token as its client receives it. The resource's server decides its form, without one the client."""
        server = self._servers.server(issued.access.audience) if issued.access.audience else None
        form = client.token_format
        if issued.access.audience:
            form = server.resource_server.token_format if server and server.resource_server else TokenFormat.OPAQUE
        if form is TokenFormat.OPAQUE:
            return issued.access_token
        return self._minter.mint(self._claims(issued), _alg(client, server), typ=TYP)

    def read(self, unverified: str) -> str | Handle:
        """What the store finds the token by. A JWT that we did not sign is left as it is, and found nowhere."""
        if unverified.count(".") != 2:
            return unverified
        try:
            return Handle(str(self._own.read(unverified, TYP)["jti"]))
        except (NotOurs, KeyError):
            return unverified

    def facts(self, grant: Grant, access: Access) -> dict[str, Any]:
        """What RFC 9068 section 2.2 and RFC 7662 section 2.2 say of a token alike.

        ``sub`` is the subject as the grant's client knows it: a resource serves that client's citizens, and with a
        subject of its own no two of them could speak of the same person. Claims about the person are not among these.
        """
        found: dict[str, Any] = {
            "iss": self.issuer,
            "sub": grant.sub,
            "aud": access.audience or self.issuer,
            "client_id": access.client_id,
            "iat": int(access.issued_at),
            "exp": int(access.expires_at),
            "scope": " ".join(grant.scope),
        }
        if grant.citizen_id:
            found |= {"auth_time": int(grant.auth_time), "acr": Level(grant.level).acr, "amr": grant.amr}
        optional: Mapping[str, Any] = {
            "cnf": access.binding.cnf if access.binding else None,
            "act": acting(access.actors),
            "authorization_details": details_for(grant, access.audience),
        }
        return found | {name: value for name, value in optional.items() if value}

    def _claims(self, issued: Issued) -> dict[str, Any]:
        return {**self.facts(issued.grant, issued.access), "jti": issued.handle.text}


def token_type(access: Access) -> str:
    """How the token is presented (RFC 9449 section 5; a certificate changes nothing in the header, RFC 8705)."""
    return "DPoP" if access.binding is not None and access.binding.kind is BindingKind.JKT else "Bearer"


def acting(actors: Sequence[str]) -> dict[str, Any] | None:
    """The ``act`` claim (RFC 8693 section 4.1): who acts now is outermost."""
    found: dict[str, Any] | None = None
    for actor in reversed(actors):
        found = {"sub": actor} if found is None else {"sub": actor, "act": found}
    return found


def details_for(grant: Grant, audience: str) -> list[Mapping[str, Any]]:
    """The details that concern a resource (RFC 9396 section 7): those that name no location, or this one."""
    return [each for each in grant.details if audience in each.get("locations", (audience,))]


def _alg(client: Client, server: Client | None) -> str:
    """What the resource server reads, as far as the client's profile allows it; else what the client reads."""
    wanted = server.resource_server.introspection_alg if server and server.resource_server else client.id_token_alg
    return wanted.value if wanted.value in client.rules.algs else client.id_token_alg.value
