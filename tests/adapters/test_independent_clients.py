"""Clients that others wrote, against our sandbox and our sealing: an error made on both of our sides would show here.

``python-alipay-sdk`` speaks RSA2 with the sandbox's gateway; ``gmssl`` opens and checks what our SM2 and SM3 libraries
made. Neither runs in production (channels.md 13 says why).
"""

import datetime
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import alipay
import pytest
from alipay.exceptions import AliPayException, AliPayValidationError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from gmssl import func, sm2, sm3
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.registry import sm
from adapters.sandbox import channel_settings
from adapters.social import sealing
from idp.system import SystemRandomness
from tests.adapters.rigs import SANDBOX, World

KEYS = Path(__file__).parents[1] / "vectors" / "channels" / "keys"
PRECONSULT = "alipay.user.certdoc.certverify.preconsult"
PERSON = {"user_name": "张三", "cert_type": "IDENTITY_CARD", "cert_no": "370102190103070012"}
FEW = settings(max_examples=5, deadline=None)  # SM2 in pure Python, on both sides


# ---- RSA2 -----------------------------------------------------------------------------------------------------------


def pem(kind: str, body: str) -> str:
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"


class Scanning(alipay.AliPay):  # type: ignore[misc]  # untyped library
    """The library finds the signed text by counting braces, which our sandbox's answers trip (channels.md 7.3)."""

    def _get_string_to_be_signed(self, raw_string: str, response_type: str) -> str:
        start = raw_string.index("{", raw_string.index(response_type))
        _, end = json.JSONDecoder().raw_decode(raw_string, start)
        return raw_string[start:end]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def sdk(world: World, monkeypatch: pytest.MonkeyPatch) -> alipay.AliPay:
    values = channel_settings(SANDBOX)["alipay_account"]
    client = Scanning(
        values["app_id"],
        app_private_key_string=pem("RSA PRIVATE KEY", values["app_private_key"]),
        alipay_public_key_string=pem("PUBLIC KEY", values["alipay_public_key"]),
    )

    def urlopen(url: str, timeout: float) -> io.BytesIO:
        form = "application/x-www-form-urlencoded"
        answer = world.control.post("/alipay/gateway.do", data=urlsplit(url).query, content_type=form)
        return io.BytesIO(answer.data)

    monkeypatch.setattr(alipay, "urlopen", urlopen)
    return client


def ask(sdk: alipay.AliPay, world: World, person: dict[str, str]) -> dict[str, Any]:
    china = datetime.timezone(datetime.timedelta(hours=8))
    now = datetime.datetime.fromtimestamp(world.clock.now(), china)
    answer: dict[str, Any] = sdk.server_api(PRECONSULT, person, timestamp=now.strftime("%Y-%m-%d %H:%M:%S"))
    return answer


def test_the_sandbox_takes_what_another_library_signs_and_is_believed_by_it(sdk: alipay.AliPay, world: World):
    answer = ask(sdk, world, PERSON)
    assert answer["code"] == "10000"
    assert answer["verify_id"]


def test_who_counts_braces_does_not_find_the_signed_text(sdk: alipay.AliPay, world: World):
    sdk.__class__ = alipay.AliPay
    with pytest.raises(AliPayValidationError):
        ask(sdk, world, PERSON)


def test_the_sandbox_refuses_what_another_key_signed(sdk: alipay.AliPay, world: World):
    sdk._app_private_key = alipay.RSA.generate(2048)  # the library reads its key once, into this name
    with pytest.raises(AliPayException) as caught:
        ask(sdk, world, PERSON)
    assert "isv.invalid-signature" in str(caught.value)


def test_another_library_notices_the_faults_of_the_sandbox_too(sdk: alipay.AliPay, world: World):
    world.fault("alipay_account", "bad_signature")
    with pytest.raises((AliPayValidationError, AliPayException)):
        ask(sdk, world, PERSON)


# ---- SM2 and SM3 ----------------------------------------------------------------------------------------------------


def private_key(name: str) -> str:
    """The 32 bytes of a PKCS #8 or SEC 1 key, in hexadecimal: the OCTET STRING of that length."""
    import base64

    text = (KEYS / f"{name}_private.pem").read_text(encoding="ascii")
    body = re.search(r"-----BEGIN (?:EC )?PRIVATE KEY-----(.*?)-----END", text, re.DOTALL)
    assert body
    der = base64.b64decode(body[1])
    at = der.index(b"\x02\x01\x01\x04\x20") + 5
    return der[at : at + 32].hex()


def point(name: str) -> bytes:
    return sealing.public_point((KEYS / f"{name}_public.pem").read_text(encoding="ascii"))


def other(name: str) -> sm2.CryptSM2:
    return sm2.CryptSM2(private_key(name), point(name)[1:].hex(), mode=1)


@FEW
@given(plain=st.text(min_size=1, max_size=60))
def test_another_library_opens_what_we_seal_for_the_e_card(plain: str):
    sealed = bytes.fromhex(sealing.seal(point("essc_sm2"), plain.encode(), SystemRandomness()))
    assert sealed[0] == 4
    assert other("essc_sm2").decrypt(sealed[1:]) == plain.encode()


@FEW
@given(message=st.binary(min_size=1, max_size=80))
def test_we_verify_what_another_library_signs_and_nothing_else(message: bytes):
    library = other("elicence_sm2")
    signed = bytes.fromhex(library.sign_with_sm3(message, func.random_hex(library.para_len)))
    der = der_of(int.from_bytes(signed[:32]), int.from_bytes(signed[32:]))
    assert decode_dss_signature(der)
    assert sm.verifies(point("elicence_sm2"), message, der)
    assert not sm.verifies(point("elicence_sm2"), message + b"x", der)
    assert not sm.verifies(point("essc_sm2"), message, der)


def der_of(r: int, s: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(r, s)


@given(text=st.binary(max_size=200))
def test_sm3_is_the_same_in_both_libraries(text: bytes):
    digest = hashes.Hash(hashes.SM3())
    digest.update(text)
    assert digest.finalize().hex() == sm3.sm3_hash(list(text))
