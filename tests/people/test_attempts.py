import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.attempt import Attempt, State
from idp.domain.capturing import Hint
from idp.domain.channel import Capture, FieldKind, Form, Redirect, Scan
from idp.domain.claims import ClaimName
from idp.people.attempts import Kept

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keeps = st.dictionaries(texts, texts, max_size=3)
steps = st.one_of(
    st.builds(Form, st.lists(st.sampled_from(FieldKind), max_size=4).map(tuple), keeps),
    st.builds(Redirect, texts, keeps),
    st.builds(Scan, texts, keeps, st.integers(1, 60), texts),
    st.builds(Capture, st.lists(st.sampled_from(Hint), max_size=3).map(tuple), keeps),
)
attempts = st.builds(
    Attempt,
    id=texts,
    channel=texts,
    expires_at=st.floats(0, 4e9),
    return_uri=texts,
    state=st.sampled_from(State),
    known=st.dictionaries(st.sampled_from(ClaimName), texts, max_size=2),
    keep=keeps,
)


@given(st.builds(Kept, attempts, texts, steps, st.floats(0, 4e9), st.integers(1, 99)))
def test_an_attempt_survives_its_store(kept: Kept):
    stored = json.loads(json.dumps(kept.to_json()))
    again = Kept.from_json(kept.attempt.id, stored, kept.version)
    assert again == kept
    assert again.version == kept.version


@pytest.mark.parametrize("step", [Form(()), Redirect("u"), Scan("p"), Capture()])
def test_what_is_personal_in_an_attempt_is_not_shown(step):
    attempt = Attempt("a", "c", 1.0, "u", known={ClaimName.NAME: "张三"}, keep={"k": "secret-keep"})
    shown = repr(Kept(attempt, "citizen", step))
    assert "张三" not in shown
    assert "secret-keep" not in shown
