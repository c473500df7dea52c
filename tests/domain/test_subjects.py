import re

from hypothesis import assume, given
from hypothesis import strategies as st

from idp.domain.subjects import pairwise

secrets = st.binary(min_size=32, max_size=32)
sectors = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(secrets, sectors)
def test_a_subject_identifier_is_stable_and_fits_in_a_token(secret, sector):
    sub = pairwise(secret, sector)
    assert sub == pairwise(secret, sector)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", sub)


@given(secrets, sectors, sectors)
def test_two_sectors_never_see_the_same_subject(secret, one, other):
    assume(one != other)
    assert pairwise(secret, one) != pairwise(secret, other)


@given(secrets, secrets, sectors)
def test_two_accounts_never_share_a_subject(one, other, sector):
    assume(one != other)
    assert pairwise(one, sector) != pairwise(other, sector)


def test_the_derivation_never_changes():
    """Relying parties have stored these: another value is another person to them."""
    assert pairwise(bytes(range(32)), "tax.example") == "_ov00FPa6qpjWGEPHVvAgN_-0Dkcv13bdywsbNvizxM"
