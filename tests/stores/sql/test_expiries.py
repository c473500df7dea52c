"""Which accounts' evidence ran out, on both databases."""

from dataclasses import replace

from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import NewCitizen
from idp.stores.sql.expiries import SqlExpiries

NOW = 1_735_689_600.25


def test_what_ran_out_in_the_span_is_named_oldest_first_and_once(engine, citizens):
    proof = Evidence(
        id="", citizen_id="", channel="unionpay_card", source="bank", check_methods=(CheckMethod.AUTH,),
        strength=Strength.POSSESSION, txn="t", verified_at=NOW,
    )  # fmt: skip
    people = {"a": [NOW + 1], "b": [NOW, NOW + 2, NOW + 2], "c": [None, NOW + 3.001], "d": [NOW + 3]}
    numbers = ["11010519491231002X", "440524188001010014", "370102190103070012", "370102190204150003"]
    for position, (name, moments) in enumerate(people.items()):
        citizen_id = name * 32
        citizens.open(
            NewCitizen(
                id=citizen_id, created_at=NOW, locale="zh-CN", mobile=f"+861990000000{position}",
                password_hash="x", subject_secret=b"s" * 32,
            )
        )  # fmt: skip
        for n, moment in enumerate(moments):
            row = replace(proof, id=f"{name}{n}", citizen_id=citizen_id, expires_at=moment)
            citizens.record_proof(row, name="张三", id_number=numbers[position])
    found = SqlExpiries(engine).between(NOW, NOW + 3)
    assert found == (("a" * 32, NOW + 1), ("b" * 32, NOW + 2), ("d" * 32, NOW + 3))
    assert SqlExpiries(engine).between(NOW + 4, NOW + 9) == ()
    assert SqlExpiries(engine).taken_back(NOW, NOW + 9) == ()
    citizens.revoke_evidence("b" * 32, "b1", now=NOW + 5)
    citizens.revoke_evidence("b" * 32, "b2", now=NOW + 6)
    assert SqlExpiries(engine).taken_back(NOW, NOW + 9) == ("b" * 32,)
    assert SqlExpiries(engine).taken_back(NOW + 6, NOW + 9) == ()
