"""The shape of ``verified_claims``, written down from the published texts by hand, so that nothing is judged by its maker.

Sources: OpenID Connect for Identity Assurance 1.0 sections 5 and 6; OpenID Identity Assurance Schema Definition 1.0
section 5 and its JSON schemas ``verified_claims.json`` and ``verified_claims_request.json`` (draft 2020-12). The files
themselves have no licence that covers a copy here, so their rules are repeated in our own words.
"""

import datetime
import re

EVIDENCE_TYPES = {"document", "electronic_record", "vouch", "electronic_signature"}
# Check methods of the predefined values page, as far as channels.md 16 uses them.
CHECK_METHODS = {"vpip", "vpiruv", "vri", "vdig", "vcrypt", "data", "auth", "token", "kbv", "pvp", "pvr", "bvp", "bvr"}
DETAILS = {"document": "document_details", "electronic_record": "record", "vouch": "attestation"}
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PLACE = {"country", "country_code", "formatted", "jurisdiction", "locality", "name", "postal_code", "region",
         "street_address"}  # fmt: skip
MEMBERS = {
    "document_details": {"type", "date_of_expiry", "date_of_issuance", "document_number", "issuer", "serial_number"},
    "record": {"type", "created_at", "date_of_expiry", "source"},
    "attestation": {"type", "date_of_expiry", "date_of_issuance", "reference_number", "voucher"},
}
VOUCHER = PLACE - {"jurisdiction"} | {"birthdate", "occupation", "organization"}


def check(member) -> None:
    """A whole ``verified_claims`` member: an object, or a list of them. Raises AssertionError."""
    for each in member if isinstance(member, list) else [member]:
        assert set(each) == {"verification", "claims"}
        _check_verification(each["verification"])
        assert each["claims"]
        assert all(isinstance(value, str) and value for value in each["claims"].values())


def _check_verification(verification) -> None:
    known = {"trust_framework", "assurance_level", "time", "verification_process", "evidence"}
    assert {"trust_framework"} <= set(verification) <= known
    assert verification["trust_framework"] == "cn_real_name"
    assert verification.get("assurance_level", "1") in {"1", "2", "3"}
    _check_time(verification.get("time", "2025-01-01T00:00:00Z"))
    if "evidence" in verification:
        assert verification["evidence"]
        for each in verification["evidence"]:
            _check_evidence(each)


def _check_evidence(evidence) -> None:
    kind = evidence["type"]
    assert kind in EVIDENCE_TYPES - {"electronic_signature"}, "ours would lack issuer and serial_number"
    assert set(evidence) <= {"type", "check_details", DETAILS[kind]}
    if "check_details" in evidence:
        assert evidence["check_details"]
    for each in evidence.get("check_details", ()):
        assert {"check_method"} <= set(each) <= {"check_id", "check_method", "organization", "time"}
        assert each["check_method"] in CHECK_METHODS
        _check_time(each.get("time", "2025-01-01T00:00:00Z"))
    if DETAILS[kind] in evidence:
        details = evidence[DETAILS[kind]]
        assert {"type"} <= set(details) <= MEMBERS[DETAILS[kind]]
        assert set(details.get("source", {})) <= PLACE
        assert set(details.get("issuer", {})) <= PLACE
        assert set(details.get("voucher", {})) <= VOUCHER


def _check_time(text) -> None:
    assert DATE_TIME.fullmatch(text)
    datetime.datetime.fromisoformat(text)
