"""What counts as one place."""

import pytest

from idp.domain.place import place


def test_an_ipv4_address_is_a_place_however_it_is_written():
    assert place("203.0.113.9") == "203.0.113.9"
    assert place("::ffff:203.0.113.9") == "203.0.113.9"


def test_all_addresses_of_one_network_of_64_bits_are_one_place():
    found = {place(f"2001:db8:1:2::{n:x}") for n in (0, 1, 0xFFFF)} | {place("2001:0DB8:1:2:ffff:ffff:ffff:ffff")}
    assert found == {"2001:db8:1:2::/64"}
    assert place("2001:db8:1:3::1") == "2001:db8:1:3::/64"
    assert place("fe80::1%eth0") == "fe80::/64"


@pytest.mark.parametrize("text", ["", "unix:/run/idp.sock", "::1::"])
def test_what_is_no_address_is_taken_as_it_stands(text):
    assert place(text) == text
