"""What stands on buttons and links, in both languages, from the provider's own catalogue and the portals' own table."""

from examples.portal.texts import WORDS
from idp.web.pages.languages import CATALOGUES, load

_CATALOGUE = load(CATALOGUES / "zh_CN" / "LC_MESSAGES" / "messages.po")


class Words:
    """``words("Sign in")`` is what the button says to this visitor."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.portal = WORDS[language]

    def __call__(self, sentence: str, **variables: str) -> str:
        found = sentence
        if self.language != "en":
            found = str(_CATALOGUE.ugettext(sentence))
            assert found != sentence, f"no translation of {sentence!r}"
        return found % variables if variables else found

    def of(self, chinese: str, english: str) -> str:
        return english if self.language == "en" else chinese
