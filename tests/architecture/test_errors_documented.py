"""Everything that an error may say is explained in docs/errors.md, and nothing else is.

Every description is a sentence that stands in the source: a text that ends with a full stop and is no docstring. What
an f-string fills in is written … in both places.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from authlib.oauth2 import OAuth2Error

from idp.oidc import errors
from tests.provider import Provider

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("idp/oidc", "idp/web")
DOCUMENT = ROOT / "docs/errors.md"
ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
# What Authlib says where no check of ours comes before its own.
LIBRARY = {"Missing 'code' in request.": "authlib", "Missing 'refresh_token' in request.": "authlib"}


def sentences(path: Path) -> Iterator[str]:
    """Every sentence of a module that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in bare or id(node) in inside:
            continue
        text = _text(node)
        if text and text.endswith(".") and " " in text and text.isascii() | ("…" in text):
            yield text


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None


def said() -> dict[str, str]:
    """Every description, and a module that has it."""
    paths = [path for place in PLACES for path in sorted((ROOT / place).glob("*.py"))]
    return LIBRARY | {text: path.name for path in paths for text in sentences(path)}


def documented() -> list[str]:
    return ROW.findall(DOCUMENT.read_text(encoding="utf-8"))


def test_every_description_is_explained():
    missing = {f"{module}: {text}" for text, module in said().items() if text not in documented()}
    assert not missing, "\n".join(sorted(missing))


def test_nothing_is_explained_that_nobody_says():
    codes = set(codes_in_the_document())
    assert not [text for text in documented() if text not in said() and text not in codes]
    assert len(documented()) == len(set(documented()))


def test_every_code_is_explained():
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, OAuth2Error)]
    ours = {each.error for each in classes if each.error}
    assert ours <= set(codes_in_the_document()), ours - set(codes_in_the_document())


def test_descriptions_have_the_characters_of_rfc_6749_section_5_2():
    for text in said():
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e…]+", text), text


def codes_in_the_document() -> list[str]:
    return [each for each in documented() if " " not in each]


def test_an_error_of_the_library_says_nothing_of_its_own(provider: Provider):
    """The words are ours, but for two constants: elsewhere Authlib quotes parameters back."""
    party, browser = provider.party(), provider.browser()
    browser.sign_in(provider.citizen())
    known = set(documented())
    form = {"grant_type": "authorization_code", "redirect_uri": party.redirect_uri, "code_verifier": party.verifier}
    answers = [
        party.token(grant_type="password"),
        party.token(grant_type="authorization_code"),
        party.token(**form),
        party.token(**form, code="unknown"),
        party.token(grant_type="refresh_token"),
        party.token(grant_type="refresh_token", refresh_token="unknown", scope="openid everything"),
        party.token(grant_type="client_credentials", scope="everything"),
    ]
    described = {answer.json.get("error_description", answer.json["error"]) for answer in answers}
    assert not described - known
