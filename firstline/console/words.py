"""The language of the page being made. Texts are English in the source and are looked up here."""

import gettext as _gettext
import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parents[1] / "locale"
LANGUAGES = ("en",)
_language: ContextVar[str] = ContextVar("language", default="en")
_WITHIN_A_SENTENCE = re.compile(r"(?<=[^.?!:])( |(?<=“))%\(agent\)s")
"""Where the agent is named with something before it that ends no sentence."""


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    return _gettext.translation("firstline", LOCALES, [language], fallback=True)


def speak(language: str) -> None:
    """Make the rest of this request speak a language; one we have no words in leaves it as it is."""
    if language in LANGUAGES:
        _language.set(language)


def language() -> str:
    """The language spoken now."""
    return _language.get()


def gettext(text: str) -> str:
    """The text in the present language."""
    return _catalogue(_language.get()).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The text for a count in the present language."""
    return _catalogue(_language.get()).ngettext(one, many, count)


def _(text: str, **values: object) -> str:
    """The same with values filled in: ``_("%(count)s left", count=3)``."""
    return placed(gettext(text), values) % values if values else gettext(text)


def placed(text: str, values: Mapping[str, object]) -> str:
    """A text in which an agent without a name, whose ``agent`` is “The agent”, has no capital within a sentence."""
    if values.get("agent") != gettext("The agent"):
        return text
    return _WITHIN_A_SENTENCE.sub(lambda found: found[1] + gettext("the agent"), text)


def mark(text: str) -> str:
    """Mark a text for translation where it stands in data; whoever shows it translates it."""
    return text
