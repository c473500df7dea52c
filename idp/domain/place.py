"""Where a request came from, as budgets count it.

An IPv4 address is a household, a hall or a carrier's NAT. Of IPv6 a household has a whole /64 and more (RFC 6177), and
may send every request from another of its 2^64 addresses: counted one by one they would be no budget at all.
"""

from ipaddress import IPv4Address, IPv6Address
from typing import Final

HOST_BITS: Final = 64


def place(address: str) -> str:
    """The address for IPv4, also where it is written as IPv6 (RFC 4291 section 2.5.5.2); the /64 for IPv6.

    What is no address (a socket's path) is taken as it stands.
    """
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    mapped: IPv4Address | None = found.ipv4_mapped
    return str(mapped) if mapped else f"{IPv6Address(int(found) >> HOST_BITS << HOST_BITS)}/64"
