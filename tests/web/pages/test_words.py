"""Every closed word of the domain has a sentence, and every sentence is translated."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po

import idp
from idp.domain.assurance import TABLE, Level
from idp.domain.audit import EVENTS
from idp.domain.audit_words import Outcome
from idp.domain.channel import FieldKind, Reason
from idp.domain.claims import ClaimName, Scope
from idp.domain.errors import Rule
from idp.web.pages import event_words, words
from idp.web.pages.errors import CODES
from idp.web.pages.languages import CATALOGUES, load

CJK = re.compile("[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
SAME_IN_BOTH = {": ", "; ", ", ", " (%(outcome)s)"}
FIELDS = sorted({*words.BY_FIELD, *FieldKind, "username"})


def _catalogue():
    with (CATALOGUES / "zh_CN/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="zh_CN")


def _in_the_source():
    root = Path(idp.__file__).parent
    methods = [("web/pages/**.py", "python"), ("web/templates/**.html", "jinja2")]
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
    return {message for _, _, message, _, _ in extract_from_dir(root, methods, {}, keywords=keywords)}


def test_every_rule_has_a_sentence_for_every_field_in_both_languages(provider):
    said = {}
    for tag in ("zh-CN", "en"):
        with provider.app.test_request_context("/", headers={"Accept-Language": tag}):
            said[tag] = {(field, rule): str(words.sentence(field, rule)) for field in FIELDS for rule in Rule}
    assert not {each: text for each, text in said["zh-CN"].items() if not CJK.search(text)}
    assert not {each: text for each, text in said["en"].items() if CJK.search(text) or not text.endswith(".")}
    assert len(said["zh-CN"]) == len(said["en"]) == len(FIELDS) * len(Rule)


@pytest.mark.parametrize(("table", "closed"), [
    (words.ANY_FIELD, Rule), (words.REASONS, Reason), (words.LEVEL_NAMES, Level), (words.LEVEL_MEANINGS, Level),
    (words.FIELD_LABELS, FieldKind), (words.FIELD_HINTS, FieldKind), (words.CLAIM_WORDS, ClaimName),
    (words.SCOPE_WORDS, Scope), (event_words.OUTCOMES_IN_WORDS, Outcome),
])  # fmt: skip
def test_every_table_is_complete(table, closed):
    assert set(table) == set(closed)


def test_every_event_and_requirement_has_words():
    assert set(event_words.EVENTS_IN_WORDS) == {event.kind for event in EVENTS}
    assert set(words.REQUIREMENTS) == {row.key for _, rows in TABLE for row in rows}


def test_no_answer_about_name_and_number_tells_who_exists():
    one = words.REASONS[Reason.NOT_FOUND]
    assert words.REASONS[Reason.MISMATCH_NAME] is words.REASONS[Reason.MISMATCH_NUMBER] is one


def test_the_sentences_of_the_source_are_exactly_those_of_the_catalogue():
    catalogued = {message.id for message in _catalogue() if message.id}
    assert _in_the_source() == catalogued


def test_every_sentence_is_translated_with_its_placeholders():
    for message in _catalogue():
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[0]
        target = message.string if isinstance(message.string, str) else message.string[0]
        assert target, source
        assert not message.fuzzy, source
        assert sorted(PLACEHOLDER.findall(source)) == sorted(PLACEHOLDER.findall(target)), source
        assert CJK.search(target) or source in SAME_IN_BOTH, source
        assert not CJK.search(source), source


def test_every_error_code_is_told_in_full():
    assert all(told.title and told.happened for told in CODES.values())


def test_a_broken_catalogue_stops_the_start(tmp_path):
    path = tmp_path / "messages.po"
    path.write_text("no catalogue\n", encoding="utf-8")
    with pytest.raises(PoFileError):
        load(path)
