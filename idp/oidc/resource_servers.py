"""Who is the protected resource behind a resource indicator (RFC 8707): a client registered as its server."""

from idp.domain.client import Client, Clients


class ResourceServers:
    """Looks servers up by identifier, byte for byte. What was found is kept and looked at again at every use."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._known: dict[str, str] = {}

    def server(self, identifier: str) -> Client | None:
        """The client that is registered for this identifier now."""
        client = self._clients.get(self._known.get(identifier, ""))
        if client is None or not serves(client, identifier):
            client = next((each for each in self._clients.all() if serves(each, identifier)), None)
            if client is not None:
                self._known[identifier] = client.client_id
        return client

    def named(self, name: str) -> str | None:
        """The identifier that a client identifier stands for (``audience`` in RFC 8693), when it has exactly one."""
        client = self._clients.get(name)
        if client is None or client.resource_server is None or len(client.resource_server.identifiers) != 1:
            return None
        return next(iter(client.resource_server.identifiers))


def serves(client: Client, identifier: str) -> bool:
    """Whether ``client`` is the server of this resource."""
    return client.resource_server is not None and identifier in client.resource_server.identifiers
