"""Simplified Chinese and English: which one a request gets, and where its sentences come from.

Message ids are the English sentences, so English needs no catalogue. The Chinese one is read from its ``.po`` file when
the application starts: there is no compiled file to forget, and a broken catalogue stops the start, not a page.
"""

import io
from pathlib import Path
from typing import Any, Final

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, request, session
from flask_babel import Babel, get_locale, refresh
from flask_babel.speaklater import LazyString

from idp.web.context import services
from idp.web.pages.browser import LANGUAGE

LANGUAGES: Final = {"zh-CN": Locale("zh", "CN", "Hans"), "en": Locale("en")}
CATALOGUES: Final = Path(__file__).parent.parent / "translations"
DOMAIN: Final = "messages"
TIME_ZONE: Final = "Asia/Shanghai"


class Catalogues:
    """Stands where Flask-Babel's Domain stands; it looks up by language and never at the disk."""

    def __init__(self) -> None:
        self._by_language = {"zh": load(CATALOGUES / "zh_CN" / "LC_MESSAGES" / f"{DOMAIN}.po")}
        self._source = NullTranslations()

    def get_translations(self) -> NullTranslations:
        """The sentences of this request's language."""
        locale = get_locale()
        return self._by_language.get(locale.language, self._source) if locale else self._source

    def gettext(self, string: str, **variables: Any) -> str:
        """A sentence with its variables filled in."""
        sentence = str(self.get_translations().ugettext(string))
        return sentence % variables if variables else sentence

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """A sentence with a number; ``num`` is a variable of it."""
        return str(self.get_translations().ungettext(singular, plural, num)) % {"num": num, **variables}

    def lazy_gettext(self, string: str, **variables: Any) -> Any:
        """A sentence for a table: translated when it is shown."""
        return LazyString(self.gettext, string, **variables)


def load(path: Path) -> Translations:
    """The catalogue of a ``.po`` file, compiled in memory. Raises OSError or babel's PoFileError."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_CN", domain=DOMAIN, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def mount(app: Flask, default: str) -> None:
    """Set up Flask-Babel with ``default`` as the language of browsers that name none we have."""
    babel = Babel()
    babel.init_app(
        app,
        default_locale=str(LANGUAGES[default]),
        default_timezone=TIME_ZONE,
        locale_selector=lambda: LANGUAGES[language()],
    )
    babel.domain_instance = Catalogues()


def language() -> str:
    """The citizen's choice, else what the client asked for (``ui_locales``), else the browser, else the default."""
    chosen = session.get(LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    default = services().settings.default_locale
    asked = next((tag for tag in map(closest, g.get("ui_locales", ())) if tag), None)
    return asked or request.accept_languages.best_match(list(LANGUAGES), default) or default


def closest(tag: str) -> str | None:
    """The language we have for a BCP 47 tag, by its primary subtag (RFC 4647 lookup, shortened)."""
    primary = tag.partition("-")[0].casefold()
    return next((each for each in LANGUAGES if each.partition("-")[0] == primary), None)


def prefer(ui_locales: tuple[str, ...]) -> None:
    """Take a client's wish for this request (OpenID Connect Core 3.1.2.1)."""
    g.ui_locales = ui_locales
    refresh()
