"""XML of upstreams is read without trust."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import xml
from idp.domain.errors import Distrusted

LAUGHS = """<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>"""
FILE = """<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><l>&a;</l>"""


@pytest.mark.parametrize(
    "document",
    [
        LAUGHS,
        FILE,
        LAUGHS.encode("utf-16"),
        ('<?xml version="1.0" encoding="UTF-7"?>' + LAUGHS.replace("<", "+ADw-")).encode(),
        '<?xml version="1.0" encoding="GBK"?><a>张</a>'.encode("gbk"),
        "<a><!-- cut --></a>",
        "<a>张<!-- cut -->三</a>",
        "<a><?target data?></a>",
        "<a>&undefined;</a>",
        "<a>" * 33 + "</a>" * 33,
        "<a>" + "<b/>" * 5001 + "</a>",
        "<a>" + " " * xml.MAX_BYTES + "</a>",
        "<a>",
        "",
        "not xml",
        "<a>\x00</a>",
        "<a>\ud800</a>",
        b"<a>\xff\xfe</a>",
    ],
)
def test_a_hostile_or_broken_document_is_distrusted(document: str | bytes):
    with pytest.raises(Distrusted):
        xml.parse("test_channel", document)


def test_an_ordinary_document_is_read():
    root = xml.parse("test_channel", '<?xml version="1.0" encoding="UTF-8"?><a xmlns="urn:x"><b> 张三 </b></a>')
    assert xml.local_name(root) == "a"
    assert xml.text_of("test_channel", root, "b") == "张三"


@pytest.mark.parametrize("document", ["<a/>", "<a><b/><b/></a>", "<a><b><c/></b></a>"])
def test_a_leaf_must_stand_exactly_once_and_be_a_text(document: str):
    root = xml.parse("test_channel", document)
    with pytest.raises(Distrusted):
        xml.text_of("test_channel", root, "b")


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_is_read_or_distrusted(document: str | bytes):
    with contextlib.suppress(Distrusted):
        assert xml.local_name(xml.parse("test_channel", document))


def test_which_characters_can_be_sent():
    assert xml.sendable("张三·A\ue863\U00020000")
    assert [text for text in ("a\x00", "a\uffff", "\ud800") if xml.sendable(text)] == []
