"""Two clients of the FAPI 2.0 profile and a citizen, for the plans about it."""

from typing import Any

import pytest

from idp.domain.client import AuthMethod, Profile, SigningAlg
from tests import client_keys
from tests.conformance.relying_party import RelyingParty, is_page


def fapi2_client(provider: Any, client_id: str, **registered: Any) -> RelyingParty:
    """private_key_jwt, DPoP, ES256, by the profile."""
    rp = RelyingParty(
        provider, client_id, auth_method=AuthMethod.PRIVATE_KEY_JWT, auth_alg="ES256", profile=Profile.FAPI2,
        dpop_bound=True, id_token_alg=SigningAlg.ES256, request_object_alg="ES256", **registered,
    )  # fmt: skip
    rp.dpop_key = client_keys.make_key()
    return rp


class Fapi2Plan:
    """Fixtures of every module."""

    @pytest.fixture
    def rp(self, provider):
        return fapi2_client(provider, "first")

    @pytest.fixture
    def second(self, provider):
        return fapi2_client(provider, "second")

    @pytest.fixture
    def person(self, provider):
        return provider.citizen()

    @pytest.fixture
    def browser(self, provider):
        return provider.browser()

    def refused(self, response: Any, *errors: str) -> None:
        """At the back channel: 400 or 401 with one of the errors, as JSON."""
        assert response.status_code in {400, 401}, response.text
        assert response.content_type == "application/json"
        assert response.json["error"] in errors, response.json

    def shown(self, response: Any) -> None:
        """At the front channel: a page, for there is no address that could be trusted."""
        assert is_page(response)
