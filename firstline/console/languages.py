"""Languages by their own names."""

from functools import cache

from babel import Locale, UnknownLocaleError

from firstline.agent.models.lexicon import all_words


def language_name(code: str, speaker: str | None = None) -> str:
    """What a language is called by whoever speaks ``speaker``, or in itself; an unknown code stays as it is."""
    try:
        locale = Locale.parse(code, sep="-")
        name = locale.get_display_name(speaker or code)
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:] if name else code


@cache
def languages() -> tuple[tuple[str, str], ...]:
    """Every language that the built-in answerer has words for: code and own name, English first, then by code."""
    codes = sorted(all_words(), key=lambda code: (code != "en", code))
    return tuple((code, language_name(code)) for code in codes)
