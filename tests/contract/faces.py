"""What every implementation of :class:`idp.domain.ports.Faces` must do.

``class TestFaces(FacesContract): ...`` wants fixtures ``faces``, ``credentials`` and ``citizens``.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import Credentials, FaceConsent, Faces
from tests.contract.lasting import NOW, OpenedAccounts, race

TEMPLATE = b"128 numbers that a face is recognised by"


class FacesContract(OpenedAccounts):
    """Consents, and templates that never outlive them."""

    @pytest.fixture
    def citizen(self, opened: Callable[..., str]) -> str:
        return opened()

    @pytest.fixture
    def agreed(self, faces: Faces, citizen: str) -> str:
        faces.give_consent(citizen, "1", now=NOW)
        return citizen

    def test_nobody_has_agreed_to_anything_at_first(self, faces: Faces, credentials: Credentials, citizen: str):
        assert faces.consent(citizen) is None
        assert faces.template(citizen) is None
        assert credentials.has_face(citizen) is False
        assert faces.withdraw_consent(citizen, now=NOW) is False
        assert faces.forget(citizen) is False

    def test_nobody_is_asked_about_an_unknown_citizen(self, faces: Faces, credentials: Credentials):
        assert faces.consent("nobody") is None
        assert faces.template("nobody") is None
        assert credentials.has_face("nobody") is False
        assert faces.enrol("nobody", "f-0", TEMPLATE, now=NOW) is False
        assert faces.withdraw_consent("nobody", now=NOW) is False
        with pytest.raises(StoreUnavailable):
            faces.give_consent("nobody", "1", now=NOW)

    def test_a_consent_names_its_text_and_its_time(self, faces: Faces, citizen: str):
        assert faces.give_consent(citizen, "1", now=NOW) is True
        assert faces.consent(citizen) == FaceConsent("1", NOW)

    def test_the_same_text_is_agreed_to_once(self, faces: Faces, agreed: str):
        assert faces.give_consent(agreed, "1", now=NOW + 5) is False
        assert faces.consent(agreed) == FaceConsent("1", NOW)

    def test_a_new_text_takes_the_place_of_the_old(self, faces: Faces, agreed: str):
        assert faces.give_consent(agreed, "2", now=NOW + 5) is True
        assert faces.consent(agreed) == FaceConsent("2", NOW + 5)

    def test_withdrawn_and_given_again_in_one_tick_of_the_clock(self, faces: Faces, agreed: str):
        assert faces.withdraw_consent(agreed, now=NOW) is True
        assert faces.consent(agreed) is None
        assert faces.give_consent(agreed, "1", now=NOW) is True
        again = faces.consent(agreed)
        assert again is not None
        assert again.given_at > NOW

    def test_a_template_comes_back_as_it_was_kept(self, faces: Faces, credentials: Credentials, agreed: str):
        assert faces.enrol(agreed, "f-1", TEMPLATE, now=NOW) is True
        assert faces.template(agreed) == TEMPLATE
        assert credentials.has_face(agreed) is True

    def test_no_template_without_a_consent_that_stands(self, faces: Faces, credentials: Credentials, citizen: str):
        assert faces.enrol(citizen, "f-2", TEMPLATE, now=NOW) is False
        faces.give_consent(citizen, "1", now=NOW)
        faces.withdraw_consent(citizen, now=NOW + 1)
        assert faces.enrol(citizen, "f-2", TEMPLATE, now=NOW + 2) is False
        assert credentials.has_face(citizen) is False

    def test_a_template_never_replaces_another(self, faces: Faces, agreed: str):
        faces.enrol(agreed, "f-3", TEMPLATE, now=NOW)
        assert faces.enrol(agreed, "f-4", b"somebody else's face", now=NOW) is False
        assert faces.template(agreed) == TEMPLATE

    def test_what_is_forgotten_is_gone_and_the_consent_stays(self, faces: Faces, credentials: Credentials, agreed: str):
        faces.enrol(agreed, "f-5", TEMPLATE, now=NOW)
        assert faces.forget(agreed) is True
        assert faces.template(agreed) is None
        assert credentials.has_face(agreed) is False
        assert faces.consent(agreed) is not None
        assert faces.forget(agreed) is False
        assert faces.enrol(agreed, "f-6", TEMPLATE, now=NOW) is True

    def test_the_template_goes_with_the_consent(self, faces: Faces, credentials: Credentials, agreed: str):
        faces.enrol(agreed, "f-7", TEMPLATE, now=NOW)
        assert faces.withdraw_consent(agreed, now=NOW + 1) is True
        assert faces.template(agreed) is None
        assert credentials.has_face(agreed) is False

    def test_each_citizen_has_a_face_of_their_own(self, faces: Faces, agreed: str, opened: Callable[..., str]):
        other = opened()
        faces.give_consent(other, "1", now=NOW)
        faces.enrol(agreed, "f-8", TEMPLATE, now=NOW)
        faces.enrol(other, "f-9", b"another", now=NOW)
        faces.forget(agreed)
        assert faces.template(other) == b"another"

    def test_of_sixteen_that_enrol_one_wins(self, faces: Faces, agreed: str):
        results = race(16, lambda n: faces.enrol(agreed, f"g-{n}", b"face %d" % n, now=NOW))
        assert Counter(results) == {True: 1, False: 15}
        assert faces.template(agreed) == b"face %d" % results.index(True)

    def test_of_sixteen_that_agree_one_is_kept(self, faces: Faces, citizen: str):
        assert Counter(race(16, lambda _: faces.give_consent(citizen, "1", now=NOW))) == {True: 1, False: 15}

    def test_no_template_is_left_behind_however_enrolling_and_withdrawing_meet(
        self, faces: Faces, credentials: Credentials, agreed: str
    ):
        def meet(n: int) -> bool:
            return faces.withdraw_consent(agreed, now=NOW) if n == 4 else faces.enrol(agreed, f"h-{n}", b"x", now=NOW)

        results = race(8, meet)
        assert not [each for each in results if isinstance(each, Exception)]
        assert faces.consent(agreed) is None
        assert credentials.has_face(agreed) is False
        assert faces.template(agreed) is None
