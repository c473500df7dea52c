"""Who is in the way: each port is tried before anything starts, and the one in use is named with its setting."""

import socket
from collections.abc import Mapping


class PortsInUse(Exception):
    """One line per port that cannot be had."""


def require_free(host: str, ports: Mapping[str, int]) -> None:
    """Raises PortsInUse unless every port can be listened on. ``ports`` maps the setting's name to the port."""
    taken = [f"port {port} of {host} is in use; stop what uses it, or choose another: {name}={_other(host, port)}"
             for name, port in ports.items() if not _free(host, port)]  # fmt: skip
    if taken:
        raise PortsInUse("\n".join(taken))


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections of the last run that are still waiting to be forgotten are not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _other(host: str, port: int) -> int:
    """A free port near the one that is taken, to suggest."""
    return next((p for p in range(port + 10, min(port + 1000, 65536), 10) if _free(host, p)), 0) or port
